"""Answers that break off: a closed or reset line, a body cut short, a body that drips."""

import asyncio
from collections.abc import AsyncIterator
from math import ceil

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from sandbox.mall.calls import NO_ANSWER
from sandbox.server import reset, transport_of

_DRIPS = 20


class BrokenLine(Response):
    """No answer: the line breaks, and the caller learns nothing."""

    def __init__(self, *, is_reset: bool = False) -> None:
        super().__init__(status_code=NO_ANSWER)
        self._is_reset = is_reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Break the line."""
        del send
        _break(transport_of(scope), is_reset=self._is_reset)
        await _until_gone(receive)


class CutAnswer(Response):
    """The beginning of an answer whose head announced all of it; then the line breaks."""

    def __init__(self, whole: Response, keep_bytes: int | None, *, is_reset: bool = False) -> None:
        super().__init__(status_code=whole.status_code)
        self.raw_headers = whole.raw_headers
        self._is_reset = is_reset
        self._begin = _beginning(whole, keep_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is left of the answer, then break the line."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._begin, "more_body": True})
        transport = transport_of(scope)
        if self._is_reset:
            # A reset throws away what still waits to be sent.
            while transport.get_write_buffer_size():  # noqa: ASYNC110 - a size, not an event
                await asyncio.sleep(0.001)
        _break(transport, is_reset=self._is_reset)
        await _until_gone(receive)


class CutHead(Response):
    """The first lines of an answer's head; then the line closes."""

    def __init__(self, whole: Response) -> None:
        super().__init__(status_code=whole.status_code)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is left of the head, then close the line."""
        del send
        transport = transport_of(scope)
        transport.write(f"HTTP/1.1 {self.status_code} OK\r\nContent-Type: applica".encode())
        transport.close()
        await _until_gone(receive)


def truncated(whole: Response, keep_bytes: int | None) -> Response:
    """Return the beginning of the answer as if it were all of it."""
    return _with_headers(Response(_beginning(whole, keep_bytes), whole.status_code), whole)


def dripping(whole: Response, delay_s: float) -> Response:
    """Return the answer in small pieces that take `delay_s` together."""
    body = bytes(whole.body)
    size = max(1, ceil(len(body) / _DRIPS))

    async def drip() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            await asyncio.sleep(delay_s / _DRIPS)
            yield body[start : start + size]

    return _with_headers(StreamingResponse(drip(), whole.status_code), whole)


def _beginning(whole: Response, keep_bytes: int | None) -> bytes:
    body = bytes(whole.body)
    return body[: len(body) // 2 if keep_bytes is None else keep_bytes]


def _with_headers(response: Response, whole: Response) -> Response:
    for name, value in whole.headers.items():
        if name != "content-length":
            response.headers[name] = value
    return response


def _break(transport: asyncio.Transport, *, is_reset: bool) -> None:
    if is_reset:
        reset(transport)
    else:
        transport.close()


async def _until_gone(receive: Receive) -> None:
    """Wait until the server noticed, or it would answer 500 for an unfinished call."""
    while (await receive())["type"] != "http.disconnect":
        pass
