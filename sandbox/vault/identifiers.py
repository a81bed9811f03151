"""Names that the sandbox Vault invents: tokens, accessors, ids."""

import secrets
import string
import uuid

TOKEN_PREFIX = "hvs.Sandbox"
BATCH_TOKEN_PREFIX = "hvb.Sandbox"

_BASE62 = string.ascii_letters + string.digits
_LENGTH = 24


def new_token() -> str:
    """Return an unguessable token that anybody can tell from a real one."""
    return TOKEN_PREFIX + new_accessor()


def new_batch_token() -> str:
    """Return a batch token, which has a prefix of its own."""
    return BATCH_TOKEN_PREFIX + new_accessor()


def new_accessor() -> str:
    """Return a token's accessor: 24 letters and digits."""
    return "".join(secrets.choice(_BASE62) for _ in range(_LENGTH))


def new_uuid() -> str:
    """Return an id in the form in which AppRole and mounts have theirs."""
    return str(uuid.uuid4())


def new_mount_accessor(kind: str) -> str:
    """Return a mount's accessor, for example `kv_1f0c9a2e`."""
    return f"{kind}_{secrets.token_hex(4)}"
