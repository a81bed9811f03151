"""Faults on order: what the next requests of a lane meet instead of an answer."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.server import reset, transport_of
from sandbox.slack.workspace import Lane

KINDS = ("status", "slow", "drop", "lost")
LANES = ("webhook", "fallback", "api", "any")
HTTP_OK = 200
HTTP_RATE_LIMITED = 429
LOWEST_STATUS, HIGHEST_STATUS = 200, 599
WEBHOOK_ERRORS = {
    400: "invalid_payload",
    403: "action_prohibited",
    404: "no_service",
    410: "channel_is_archived",
    429: "rate_limited",
}
"""What Slack's webhooks say with a status, where the order does not; else rollup_error."""


@dataclass
class Fault:
    """One order.

    Attributes:
        on: the lane, or `any`.
        kind: `status` answers `status` and `error`; `slow` waits `delay_s` and then goes
            on; `drop` breaks the connection before the message is taken; `lost` takes
            the message and breaks the connection before the answer.
        times: how many requests still meet it.
    """

    on: str = "any"
    kind: str = "status"
    status: int | None = None
    error: str | None = None
    retry_after_s: int | None = None
    times: int = 1
    delay_s: float = 0

    @classmethod
    def from_json(cls, order: Any) -> "Fault":
        """Read an order.

        Raises:
            ValueError: it names something unknown; the message says what.
        """
        if not isinstance(order, dict):
            raise ValueError("A fault is an object.")  # noqa: TRY004 - all refusals alike
        unknown = set(order) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"A fault has no field {', '.join(sorted(unknown))}.")
        fault = cls(**order)
        if fault.kind not in KINDS or fault.on not in LANES:
            raise ValueError(f"kind is one of {KINDS}, on is one of {LANES}.")
        fault.check()
        return fault

    def check(self) -> None:
        """See to it that the order can be carried out.

        Raises:
            ValueError: it cannot; the message says why.
        """
        if not _is_whole(self.times) or self.times < 1:
            raise ValueError("times is a whole number, 1 or more.")
        waits = (self.delay_s, 0 if self.retry_after_s is None else self.retry_after_s)
        if not all(_is_wait(one) for one in waits):
            raise ValueError("delay_s and retry_after_s are numbers of seconds, 0 or more.")
        if self.status is not None and not (
            _is_whole(self.status) and LOWEST_STATUS <= self.status <= HIGHEST_STATUS
        ):
            raise ValueError(f"status is {LOWEST_STATUS} to {HIGHEST_STATUS}.")
        if self.error is not None and not isinstance(self.error, str):
            raise ValueError("error is a text.")


class Faults:
    """The orders that are still to be met, oldest first."""

    def __init__(self) -> None:
        self.orders: list[Fault] = []

    def take(self, lane: Lane) -> Fault | None:
        """Return the order this request meets, one time fewer."""
        for fault in self.orders:
            if fault.on in {lane, "any"}:
                fault.times -= 1
                if fault.times <= 0:
                    self.orders.remove(fault)
                return fault
        return None


async def answer_with(
    fault: Fault | None, lane: Lane, request: Request, answer: Callable[[], Awaitable[Response]]
) -> Response:
    """Answer as usual, or as the fault orders."""
    if fault is None:
        return await answer()
    if fault.kind == "drop":
        reset(transport_of(request.scope))
        return Response()
    if fault.kind == "lost":
        await answer()
        reset(transport_of(request.scope))
        return Response()
    await asyncio.sleep(fault.delay_s)
    return await answer() if fault.kind == "slow" else _refusal(fault, lane)


def _refusal(fault: Fault, lane: Lane) -> Response:
    status = fault.status or (HTTP_OK if lane == "api" and fault.error else 500)
    headers = {}
    if fault.retry_after_s is not None or status == HTTP_RATE_LIMITED:
        wait_s = 1 if fault.retry_after_s is None else fault.retry_after_s
        headers["Retry-After"] = str(wait_s)
    if lane == "api":
        error = fault.error or ("ratelimited" if status == HTTP_RATE_LIMITED else "internal_error")
        return JSONResponse({"ok": False, "error": error}, status, headers)
    error = fault.error or WEBHOOK_ERRORS.get(status, "rollup_error")
    return PlainTextResponse(error, status, headers)


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _is_wait(seconds: object) -> bool:
    return isinstance(seconds, int | float) and 0 <= seconds < math.inf
