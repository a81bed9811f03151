# What a person needs beside cafe24-keeper to remove a mall and to bring it back:
# `manage.py remove` deletes one version, which stays in Vault. Nothing here destroys.
# Mount and prefix are CAFE24_VAULT_MOUNT and CAFE24_VAULT_PREFIX; change them here too.
#
#   vault policy write cafe24-operator deploy/policies/operator.hcl
#   vault token create -policy=cafe24-keeper -policy=cafe24-operator -ttl=1h

path "secret/delete/cafe24/malls/*" {
  capabilities = ["update"]
}

path "secret/undelete/cafe24/malls/*" {
  capabilities = ["update"]
}
