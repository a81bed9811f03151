"""The AppRole auth method."""
