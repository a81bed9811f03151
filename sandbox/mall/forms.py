"""What a caller sent: a form or a JSON object in the body, a token in a header."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

Credentials = tuple[str, str]


async def read_form(request: Request) -> dict[str, str]:
    """Return the urlencoded fields of the body; a body of another type has none."""
    if _media_type(request) != "application/x-www-form-urlencoded":
        return {}
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


async def read_object(request: Request) -> dict[str, Any] | None:
    """Return the body's JSON object, or None when it is something else."""
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def is_json(request: Request) -> bool:
    """Tell whether the caller says that the body is JSON."""
    return _media_type(request) == "application/json"


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header, or ""."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def client_credentials(request: Request, form: dict[str, str]) -> Credentials:
    """Return client_id and client_secret, from Basic authentication or from the body."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
