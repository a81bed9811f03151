# Whoever watches: sees which malls there are and their dates, never a token.

path "secret/metadata/cafe24/malls" {
  capabilities = ["list"]
}

path "secret/metadata/cafe24/malls/*" {
  capabilities = ["read", "list"]
}
