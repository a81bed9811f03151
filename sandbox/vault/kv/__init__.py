"""The KV engines, version 1 and version 2."""
