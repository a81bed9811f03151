# Whoever spends refresh tokens: reads and writes the project's documents, deletes none.
# Mount and prefix are CAFE24_VAULT_MOUNT and CAFE24_VAULT_PREFIX; change them here too.

path "secret/data/cafe24/*" {
  capabilities = ["create", "read", "update"]
}

path "secret/metadata/cafe24/*" {
  capabilities = ["create", "read", "update", "list"]
}

# Its own secret_id's end, so that its own death is noticed. The role's name is in the README.
path "auth/approle/role/cafe24-keeper/secret-id/lookup" {
  capabilities = ["update"]
}
