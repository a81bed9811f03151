"""The control paths under `/__sandbox__/`: state, calls, faults, snapshots, clock.

docs/sandbox-vault.md describes them for those who write tests.
"""

import dataclasses

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.vault.calls import CallCounts
from sandbox.vault.clock import Clock
from sandbox.vault.core import Core
from sandbox.vault.faults import Faults
from sandbox.vault.kv.kv2 import Kv2
from sandbox.vault.snapshots import Snapshots
from sandbox.vault.wire.answers import Refusal
from sandbox.vault.wire.json_values import parse_object

PREFIX = "/__sandbox__/"


class Control:
    """What tests may look at and do beside Vault's own API."""

    def __init__(self, core: Core, clock: Clock, faults: Faults, calls: CallCounts) -> None:
        self._core = core
        self._clock = clock
        self._faults = faults
        self._calls = calls
        self._snapshots = Snapshots()
        self.app = Starlette(
            routes=[
                Route(f"{PREFIX}state", self._state),
                Route(f"{PREFIX}calls", self._count_calls),
                Route(f"{PREFIX}calls", self._forget_calls, methods=["DELETE"]),
                Route(f"{PREFIX}faults", self._list_faults),
                Route(f"{PREFIX}faults", self._order_fault, methods=["POST"]),
                Route(f"{PREFIX}faults", self._clear_faults, methods=["DELETE"]),
                Route(f"{PREFIX}snapshot", self._take_snapshot, methods=["POST"]),
                Route(f"{PREFIX}restore", self._restore, methods=["POST"]),
                Route(f"{PREFIX}clock", self._advance, methods=["POST"]),
            ],
            exception_handlers={Refusal: _refused},
        )

    async def _state(self, _: Request) -> Response:
        stores, now = self._core.stores, self._clock.now()
        mounts = [*stores.mounts.secrets(), *stores.mounts.auths()]
        summary = {
            "sealed": stores.seal.closed,
            "tokens": sum(1 for _ in stores.tokens.live(now)),
            "policies": stores.policies.names(),
            "mounts": {mount.path: mount.kind for mount in mounts},
            "keys": {m.path: _versions(m.backend) for m in mounts if isinstance(m.backend, Kv2)},
            "snapshots": self._snapshots.names(),
        }
        return JSONResponse(summary)

    async def _count_calls(self, _: Request) -> Response:
        return JSONResponse(self._calls.told())

    async def _forget_calls(self, _: Request) -> Response:
        self._calls.clear()
        return Response(status_code=204)

    async def _list_faults(self, _: Request) -> Response:
        return JSONResponse(
            {"faults": [dataclasses.asdict(fault) for fault in self._faults.in_force()]}
        )

    async def _order_fault(self, request: Request) -> Response:
        fault = self._faults.order(parse_object(await request.body()))
        return JSONResponse(dataclasses.asdict(fault))

    async def _clear_faults(self, _: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def _take_snapshot(self, _: Request) -> Response:
        return JSONResponse({"id": self._snapshots.take(self._core.stores)})

    async def _restore(self, request: Request) -> Response:
        name = str(parse_object(await request.body()).get("id"))
        self._core.stores = self._snapshots.restore(name)
        return Response(status_code=204)

    async def _advance(self, request: Request) -> Response:
        seconds = parse_object(await request.body()).get("advance_s")
        if not isinstance(seconds, int | float) or seconds < 0:
            raise Refusal(400, "advance_s must be a number of seconds, 0 or more")
        self._clock.advance(seconds)
        return Response(status_code=204)


def _versions(engine: Kv2) -> dict[str, int]:
    return {name: key.current_version for name, key in engine.keys.items()}


async def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return JSONResponse({"errors": refusal.errors}, status_code=refusal.status)
