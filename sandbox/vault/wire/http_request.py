"""Taking the HTTP off a request."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from starlette.requests import Request as HttpRequest

from sandbox.vault.clock import Instant
from sandbox.vault.wire.answers import Refusal, not_found
from sandbox.vault.wire.durations import seconds_in
from sandbox.vault.wire.fields import parse_bool
from sandbox.vault.wire.json_values import parse_object
from sandbox.vault.wire.request import WRITES, Operation, Request

PREFIX = "/v1/"
HEALTH = "/v1/sys/health"
"""The one path that answers HEAD."""

_FORM = "application/x-www-form-urlencoded"
_MERGE_PATCH = "application/merge-patch+json"

_OPERATIONS = {
    "GET": Operation.READ,
    "LIST": Operation.LIST,
    "POST": Operation.UPDATE,
    "PUT": Operation.UPDATE,
    "PATCH": Operation.PATCH,
    "DELETE": Operation.DELETE,
}


def parse(http: HttpRequest, body: bytes, now: Instant) -> Request:
    """Return Vault's view of an HTTP request.

    Raises:
        Refusal: 400 bad JSON, header or path, 404 another API, 405 unknown method, 415 PATCH
            of the wrong type.
    """
    if not http.scope["path"].startswith(PREFIX):
        raise not_found()
    operation = _operation(http)
    path = http.scope["path"].removeprefix(PREFIX)
    if not path.isprintable():
        raise Refusal(400)
    if operation is Operation.LIST and not path.endswith("/"):
        path += "/"
    return Request(
        operation,
        path,
        _data(http, operation, body),
        _token(http.headers),
        _wrap_ttl_s(http.headers.get("x-vault-wrap-ttl", "")),
        http.client.host if http.client else "",
        now,
    )


def _operation(http: HttpRequest) -> Operation:
    is_glance = http.method == "HEAD" and http.scope["path"] == HEALTH
    operation = _OPERATIONS.get("GET" if is_glance else http.method)
    if operation is None:
        raise Refusal(405)
    if operation is Operation.READ and b"list=" in http.scope["query_string"]:
        try:
            listed = parse_bool(http.query_params["list"])
        except (ValueError, KeyError):
            raise Refusal(400) from None
        return Operation.LIST if listed else operation
    return operation


def _data(http: HttpRequest, operation: Operation, body: bytes) -> dict[str, Any]:
    if operation not in WRITES:
        return _last_values(http.scope["query_string"].decode("latin-1"))
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if operation is Operation.PATCH:
        _require_merge_patch(kind)
    if kind == _FORM and body and body.lstrip()[:1] not in b"{[":
        return _form(body.decode(errors="replace"))
    return parse_object(body)


def _require_merge_patch(kind: str) -> None:
    if not kind:
        raise Refusal(400, "mime: no media type")
    if kind != _MERGE_PATCH:
        raise Refusal(415, f"PATCH requires Content-Type of {_MERGE_PATCH}, provided {kind}")


def _last_values(query: str) -> dict[str, Any]:
    return dict(parse_qsl(query, keep_blank_values=True)) if query else {}


def _form(text: str) -> dict[str, Any]:
    values = parse_qs(text, keep_blank_values=True)
    return {name: items[0] if len(items) == 1 else items for name, items in values.items()}


def _token(headers: Mapping[str, str]) -> str:
    token = headers.get("x-vault-token")
    if token:
        return token
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme == "Bearer" else ""


def _wrap_ttl_s(header: str) -> int:
    parsing = "error parsing X-Vault-Wrap-TTL header:"
    try:
        ttl_s = seconds_in(header)
    except Refusal as refusal:
        raise Refusal(400, f"{parsing} {refusal.errors[0]}") from None
    if ttl_s < 0:
        raise Refusal(400, f"{parsing} requested wrap ttl cannot be negative")
    return ttl_s
