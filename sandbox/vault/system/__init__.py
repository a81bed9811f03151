"""`sys/`: the paths that are about Vault itself."""
