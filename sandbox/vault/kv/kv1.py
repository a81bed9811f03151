"""KV v1: one value a key, no versions. Also a token's cubbyhole."""

from typing import Any, ClassVar

from sandbox.vault.backend import Backend
from sandbox.vault.folders import list_folder
from sandbox.vault.tokens.kinds import SERVICE
from sandbox.vault.tokens.leases import SYSTEM_MAX_TTL_S
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal, counted, not_found
from sandbox.vault.wire.durations import seconds_in
from sandbox.vault.wire.request import Operation, Request


class Kv1(Backend):
    """A KV v1 engine."""

    lease_s: ClassVar[int] = SYSTEM_MAX_TTL_S

    def __init__(self) -> None:
        self._values: dict[str, dict[str, Any]] = {}

    def handle(self, request: Request, path: str) -> Answer:
        """Read, list, write or delete; every path is a key."""
        values = self.values(request)
        match request.operation:
            case Operation.READ:
                return self._read(values, path)
            case Operation.LIST:
                return list_folder(values, path)
            case Operation.DELETE:
                values.pop(path, None)
            case Operation.PATCH:
                raise Refusal(405, counted("unsupported operation"))
            case _:
                if not request.data:
                    raise Refusal(400, "missing data fields")
                values[path] = request.data
        return NO_CONTENT

    def exists(self, request: Request, path: str) -> bool:
        """Tell whether the key has a value."""
        return path in self.values(request)

    def values(self, request: Request) -> dict[str, dict[str, Any]]:  # noqa: ARG002 - see Cubbyhole
        """Return the values this request may see."""
        return self._values

    def _read(self, values: dict[str, dict[str, Any]], path: str) -> Answer:
        if path not in values:
            raise not_found()
        value = values[path]
        return Answer(value, lease_duration=_lease_s(value, self.lease_s))


class Cubbyhole(Kv1):
    """The engine in which every token sees only what it wrote itself."""

    lease_s = 0

    def __init__(self) -> None:
        super().__init__()
        self._by_token: dict[str, dict[str, dict[str, Any]]] = {}

    def values(self, request: Request) -> dict[str, dict[str, Any]]:
        """Return the values of the token that asks; a batch token has none."""
        if request.client.kind != SERVICE:
            only = 'cubbyhole operations are only supported by "service" type tokens'
            raise Refusal(400, only)
        return self._by_token.setdefault(request.token_id, {})


def _lease_s(value: dict[str, Any], default_s: int) -> int:
    """Return the lease that a value's own `ttl` asks for."""
    if not default_s or "ttl" not in value:
        return default_s
    try:
        return seconds_in(value["ttl"]) or default_s
    except Refusal:
        return default_s
