"""Reads the arguments of a request in every encoding that Slack's clients use."""

import json
from email import message_from_bytes, policy
from email.message import Message as MimePart
from typing import Any, cast
from urllib.parse import parse_qsl

from starlette.requests import Request

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
JSON = "application/json"

_SURROGATE = r"\ud"
"""How half a character begins in JSON; alone it cannot be shown or sent again."""


class Unreadable(Exception):
    """The request cannot be read; `error` is Slack's name for why."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


async def api_arguments(request: Request) -> dict[str, Any]:
    """Return a Web API call's arguments: query, form, multipart or JSON.

    Raises:
        Unreadable: `invalid_json`, `json_not_object` or `invalid_form_data`.
    """
    found: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    content_type = request.headers.get("content-type", "")
    if not body:
        # slack-sdk calls JSON what it sends nothing of; Slack does not mind.
        return found
    if content_type.startswith(JSON):
        return found | _json_object(body)
    if content_type.startswith(MULTIPART):
        return found | _multipart(body, content_type)
    return found | _form(body)


async def webhook_payload(request: Request) -> dict[str, Any]:
    """Return an incoming webhook's payload: a JSON body, or JSON in the form field `payload`.

    Raises:
        Unreadable: `invalid_payload`.
    """
    body = await request.body()
    content_type = request.headers.get("content-type", "")
    try:
        if content_type.startswith((FORM, MULTIPART)) and not body.lstrip().startswith(b"{"):
            fields = _multipart(body, content_type) if MULTIPART in content_type else _form(body)
            return _json_object(fields.get("payload", "").encode())
        return _json_object(body)
    except Unreadable:
        raise Unreadable("invalid_payload") from None


def structured(arguments: dict[str, Any], name: str, error: str) -> Any:
    """Return an argument that is JSON, whether it came as text or as JSON itself.

    Raises:
        Unreadable: `error`.
    """
    value = arguments.get(name)
    if not isinstance(value, str):
        return value
    try:
        return _parsed(value) if value else None
    except ValueError:
        raise Unreadable(error) from None


def flag(value: Any) -> bool:
    """Read a boolean argument: true, 1, "true" or "1"."""
    return str(value).lower() in {"true", "1"}


def _parsed(text: str) -> Any:
    """Return what JSON says, with a question mark for half a character.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        found = json.loads(text)
        if _SURROGATE in text.lower():
            found = json.loads(json.dumps(found, ensure_ascii=False).encode(errors="replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return found


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        found = _parsed(body.decode())
    except ValueError:
        raise Unreadable("invalid_json") from None
    if not isinstance(found, dict):
        raise Unreadable("json_not_object")
    return found


def _form(body: bytes) -> dict[str, Any]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError:
        raise Unreadable("invalid_form_data") from None


def _multipart(body: bytes, content_type: str) -> dict[str, Any]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    whole = message_from_bytes(head + body, policy=policy.HTTP)
    if not whole.is_multipart():
        raise Unreadable("invalid_form_data")
    return {
        str(part.get_param("name", header="content-disposition")): _part_text(part)
        for part in cast("list[MimePart]", whole.get_payload())
    }


def _part_text(part: MimePart) -> str:
    raw = part.get_payload(decode=True)
    return raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
