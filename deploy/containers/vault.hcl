# One Vault on one disk. It starts sealed, after every restart too: a person unseals it, or a
# `seal` stanza here does by a key of your cloud's or of another Vault's (transit).
ui = false
# Raft keeps its data mapped into memory, which mlock would pin whole: use no swap, or an
# encrypted one.
disable_mlock = true
api_addr = "https://vault:8200"
cluster_addr = "https://vault:8201"

storage "raft" {
  path    = "/vault/file"
  node_id = "vault"
}

listener "tcp" {
  address       = "0.0.0.0:8200"
  tls_cert_file = "/run/secrets/vault_cert"
  tls_key_file  = "/run/secrets/vault_key"
}
