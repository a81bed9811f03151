# A shop's own server: reads one mall's access token and nothing else. One policy a mall:
# put the mall's id for MALL. Mount and prefix as in the other policies.
#
#   sed s/MALL/samplemall/ deploy/policies/reader.hcl | vault policy write cafe24-reader-samplemall -

path "secret/data/cafe24/access/MALL" {
  capabilities = ["read"]
}
