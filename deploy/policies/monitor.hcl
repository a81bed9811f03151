# Whoever watches: sees which malls there are and their dates, never a token.
# Mount and prefix are CAFE24_VAULT_MOUNT and CAFE24_VAULT_PREFIX; change them here too.
#
#   vault policy write cafe24-monitor deploy/policies/monitor.hcl

path "secret/metadata/cafe24/malls" {
  capabilities = ["list"]
}

path "secret/metadata/cafe24/malls/*" {
  capabilities = ["read"]
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
path "auth/approle/role/cafe24-monitor/secret-id/lookup" {
  capabilities = ["update"]
}
