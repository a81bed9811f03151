"""Vault: the only home of hvac."""
