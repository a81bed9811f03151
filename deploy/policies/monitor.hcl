# Whoever watches: sees which malls there are and their dates, never a token.

path "secret/metadata/cafe24/malls" {
  capabilities = ["list"]
}

path "secret/metadata/cafe24/malls/*" {
  capabilities = ["read", "list"]
}

# Its own secret_id's end, so that its own death is noticed. The role's name is in the README.
path "auth/approle/role/cafe24-monitor/secret-id/lookup" {
  capabilities = ["update"]
}
