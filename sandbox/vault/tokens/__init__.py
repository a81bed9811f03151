"""Tokens: who asks, how long they live, and `auth/token`."""
