# Whoever spends refresh tokens: reads and writes the project's documents, and deletes none.
# Mount and prefix are CAFE24_VAULT_MOUNT and CAFE24_VAULT_PREFIX; change them here too.
#
#   vault policy write cafe24-keeper deploy/policies/keeper.hcl

path "secret/data/cafe24/*" {
  capabilities = ["create", "read", "update"]
}

# Dates for the monitor, and how many versions are kept. Vault has no narrower right for it.
path "secret/metadata/cafe24/*" {
  capabilities = ["create", "read", "update", "list"]
}

# Its own sign-in: how long it lives, renewed, given back. The policy `default` says the same.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
path "sys/capabilities-self" {
  capabilities = ["update"]
}

# Its own secret_id's end, so that its own death is noticed. The role's name is in the README.
path "auth/approle/role/cafe24-keeper/secret-id/lookup" {
  capabilities = ["update"]
}
