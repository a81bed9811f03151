"""One endpoint of the API: finds the mall, plays its faults, notes the call."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.mall.answers import Refused, edge_not_found, refusal_answer
from sandbox.mall.calls import Call
from sandbox.mall.clock import dated
from sandbox.mall.fault_play import play
from sandbox.mall.mall import Mall
from sandbox.mall.troubles import trouble_of
from sandbox.mall.world import World

Handler = Callable[[World, Mall, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An ASGI application that answers one kind of call for every mall.

    Attributes:
        name: what faults and counts know it by.
        world: where the malls are.
        handler: what answers.
    """

    name: str
    world: World
    handler: Handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        request = Request(scope, receive)
        started = time.monotonic()
        mall = self.world.find(request.path_params["mall_id"])
        response = edge_not_found() if mall is None else await self._answer(mall, request)
        self._note(request, response, time.monotonic() - started)
        await response(scope, receive, send)

    async def _answer(self, mall: Mall, request: Request) -> Response:
        kind = self.world.troubles.get(mall.mall_id)
        fault = mall.faults.take(self.name) or trouble_of(kind, mall, self.name)
        if fault is None:
            return await self._work(mall, request)
        return await play(fault, self.name, request, lambda call: self._work(mall, call))

    async def _work(self, mall: Mall, request: Request) -> Response:
        if mall.limits.latency_s:
            await asyncio.sleep(mall.limits.latency_s)
        try:
            return await self.handler(self.world, mall, request)
        except Refused as refusal:
            return refusal_answer(refusal)

    def _note(self, request: Request, response: Response, took_s: float) -> None:
        is_admin = "/api/v2/admin/" in request.url.path
        call = Call(
            at=dated(self.world.clock.now()),
            mall_id=request.path_params["mall_id"],
            endpoint=self.name,
            method=request.method,
            path=request.url.path,
            # The query of an OAuth call may hold a code or a verifier.
            query=request.url.query if is_admin else "",
            status=response.status_code,
            took_ms=round(took_s * 1000, 1),
        )
        self.world.calls.note(call)
