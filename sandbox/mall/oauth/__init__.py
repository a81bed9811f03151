"""Consent, codes and tokens: everything under /api/v2/oauth/."""
