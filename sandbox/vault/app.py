"""The sandbox Vault over HTTP: limits, faults, and what goes over the wire."""

import asyncio
import posixpath

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.server import transport_of
from sandbox.vault.calls import CallCounts
from sandbox.vault.clock import Clock
from sandbox.vault.control import PREFIX as CONTROL
from sandbox.vault.control import Control
from sandbox.vault.core import Core
from sandbox.vault.dev_server import new_stores
from sandbox.vault.faults import Fault, Faults, Kind
from sandbox.vault.quotas import exceeded
from sandbox.vault.wire.answers import HEADERS, Refusal
from sandbox.vault.wire.http_request import parse
from sandbox.vault.wire.request import Request as VaultRequest

MAX_BODY_BYTES = 32 * 1024 * 1024
_DOTTED = (b"/./", b"/../")


class Vault:
    """An ASGI application that behaves like a dev server of Vault."""

    def __init__(self, root_token: str) -> None:
        self._clock = Clock()
        self._faults = Faults()
        self._calls = CallCounts()
        self._core = Core(new_stores(root_token, self._clock.now()))
        self._control = Control(self._core, self._clock, self._faults, self._calls).app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
            return
        http = Request(scope, receive)
        self._calls.note(http.method, scope["path"])
        try:
            body = await _body(http)
        except ClientDisconnect:
            return
        fault = self._faults.strike(f"{http.method} {scope['path']}")
        if fault is None:
            await self._response(http, body)(scope, receive, send)
        else:
            await self._suffer(fault, http, body, send)

    def _response(self, http: Request, body: bytes | None) -> Response:
        """Return Vault's answer; `body` None was too long."""
        if body is None:
            return _refused(Refusal(413, "http: request body too large"))
        try:
            if (clean := _clean_path(http)) is not None:
                return RedirectResponse(clean, 307)
            return self._limited(parse(http, body, self._clock.now()))
        except Refusal as refusal:
            return _refused(refusal)
        except RecursionError:
            return _refused(Refusal(400, "error parsing JSON"))

    def _limited(self, request: VaultRequest) -> Response:
        """Return the answer, counted at its quota, which is asked before the token."""
        quotas = self._core.stores.quotas
        taken = quotas.taken(request.path, request.client_host, request.now.monotonic_s)
        told = {**HEADERS, **quotas.headers_of(taken)}
        try:
            if taken is not None and not taken.is_allowed:
                raise exceeded(request.path)
            answer = self._core.answer(request)
            return Response(answer.body(), answer.status, told)
        except Refusal as refusal:
            return Response(refusal.body(), refusal.status, told)

    async def _suffer(self, fault: Fault, http: Request, body: bytes | None, send: Send) -> None:
        """Let a request meet its fault; a hanging one that is released is done late."""
        if fault.kind is Kind.HANG and fault.delay_s is None:
            await _gone(http)
            return
        await asyncio.sleep(fault.delay_s or 0)
        match fault.kind:
            case Kind.REFUSE | Kind.STATUS:
                refusal = _refused(Refusal(fault.status, *fault.errors))
                await refusal(http.scope, http.receive, send)
            case Kind.HANG:
                await self._response(http, body)(http.scope, http.receive, send)
            case Kind.DROP_AFTER:
                self._response(http, body)
                await _drop(http)
            case Kind.DROP_BEFORE:
                await _drop(http)


async def _body(http: Request) -> bytes | None:
    """Return the body, or None for one that is too long; it is read to its end all the same."""
    chunks: list[bytes] = []
    length = 0
    async for chunk in http.stream():
        length += len(chunk)
        if length > MAX_BODY_BYTES:
            chunks.clear()
        else:
            chunks.append(chunk)
    return b"".join(chunks) if length <= MAX_BODY_BYTES else None


def _refused(refusal: Refusal) -> Response:
    return Response(refusal.body(), refusal.status, HEADERS)


def _clean_path(http: Request) -> str | None:
    """Return where Go's router sends a path with empty or dotted segments, else None."""
    raw: bytes = http.scope["raw_path"]
    if b"//" not in raw and not any(dotted in raw + b"/" for dotted in _DOTTED):
        return None
    clean = posixpath.normpath(raw.decode()).lstrip("/")
    return f"/{clean}/" if raw.endswith(b"/") else f"/{clean}"


async def _drop(http: Request) -> None:
    """Close the connection without an answer."""
    transport_of(http.scope).close()
    await _gone(http)


async def _gone(http: Request) -> None:
    """Wait until the client has gone."""
    while (await http.receive())["type"] != "http.disconnect":
        pass
