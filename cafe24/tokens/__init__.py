"""Tokens: one pair per mall, kept alive in Vault by one keeper."""
