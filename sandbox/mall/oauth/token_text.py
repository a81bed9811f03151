"""What a token looks like: opaque usually, long or like a JWT where control says so.

Cafe24's samples have 20 to 23 characters; somebody reports JWTs. A client that
trusts a length or reads inside is wrong, and these styles show it.
"""

import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from string import ascii_letters, digits
from typing import Any

import orjson

_LENGTHS = {"opaque": 22, "long": 900}


def token_text(style: str, expires_at: datetime) -> str:
    """Return a new random token of the style `opaque`, `long` or `jwt`."""
    if style == "jwt":
        head = _part({"alg": "HS256", "typ": "JWT"})
        claims = _part({"exp": int(expires_at.timestamp()), "jti": secrets.token_hex(8)})
        return f"{head}.{claims}.{secrets.token_urlsafe(32)}"
    return "".join(secrets.choice(ascii_letters + digits) for _ in range(_LENGTHS[style]))


def _part(fields: dict[str, Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(fields)).decode().rstrip("=")
