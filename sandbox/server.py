"""Serves one ASGI application on loopback and says when it is ready.

Handlers that play a broken network reach the TCP connection through
`transport_of(request.scope)`: closing it is a lost answer, `reset` a broken line.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from email.utils import formatdate
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

EXIT_USAGE = 2

_TRANSPORT = "sandbox.transport"


class _Protocol(H11Protocol):
    """uvicorn's h11 protocol, which also hands the transport to the application.

    h11 rather than httptools because Vault's LIST is no method that the faster
    parser knows.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the transport where every request of this connection finds it."""
        self.app_state = {**self.app_state, _TRANSPORT: transport}
        super().connection_made(transport)


def transport_of(scope: Mapping[str, Any]) -> asyncio.Transport:
    """Return the TCP transport that this request came in on."""
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    return transport


def reset(transport: asyncio.Transport) -> None:
    """Break the connection with a TCP reset instead of an orderly close."""
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _dated(app: ASGIApp) -> ASGIApp:
    """Put the Date on every answer as it leaves, as Go's and other servers do.

    uvicorn's own is renewed once a second, so it may be a second old; a client that
    reads this server's clock from it would be wrong by that much.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(usegmt=True).encode()
                message = {**message, "headers": [(b"date", date), *message["headers"]]}
            await send(message)

        await app(scope, receive, send_dated)

    return answer


class _Server(uvicorn.Server):
    """A uvicorn server that prints one line when it listens."""

    def __init__(self, config: uvicorn.Config, ready_line: str) -> None:
        super().__init__(config)
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say so."""
        await super().startup(sockets)
        print(self._ready_line, flush=True)


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def serve(app: ASGIApp, *, port: int, ready: Callable[[str], Mapping[str, Any]]) -> None:
    """Serve `app` on 127.0.0.1 until SIGTERM or SIGINT, then end with 0; tell when it listens.

    `ready` is asked with the server's URL for what stands in the one JSON line printed
    beside `url`, `port` and `pid`. Port 0 takes a free one. A port that is taken ends
    the process with exit code 2 and one line on stderr.
    """
    # asyncio turns Nagle off only where the socket says that it speaks TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as refusal:
        print(
            f"Port {port} on 127.0.0.1 cannot be used: {refusal.strerror}. "
            "Give another --port, or 0 for a free one.",
            file=sys.stderr,
        )
        raise SystemExit(EXIT_USAGE) from None
    bound = listener.getsockname()[1]
    url = f"http://127.0.0.1:{bound}"
    line = {"url": url, "port": bound, "pid": os.getpid(), **ready(url)}
    config = uvicorn.Config(
        _dated(app),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        backlog=2048,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    # uvicorn raises the signal anew when all is closed; by default that would be a death.
    signal.signal(signal.SIGTERM, _end)
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, json.dumps(line)).run(sockets=[listener])
