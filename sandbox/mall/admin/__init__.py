"""The Admin API: the gate every call passes, and the product endpoints."""
