"""The embedded world: a Cafe24 mall, a Vault and a Slack as real HTTP servers on loopback."""
