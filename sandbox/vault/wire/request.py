"""A request as Vault sees it once the HTTP is off: operation, path, data, token."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.vault.clock import Instant
from sandbox.vault.tokens.entry import Token
from sandbox.vault.wire.fields import Fields


class Operation(StrEnum):
    """What a request wants; CREATE and UPDATE differ for policies only."""

    READ = "read"
    LIST = "list"
    CREATE = "create"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"


WRITES = frozenset({Operation.UPDATE, Operation.PATCH})


@dataclass(slots=True)
class Request:
    """One request on its way through Vault; the core fills in who asks."""

    operation: Operation
    path: str
    data: dict[str, Any]
    token_id: str
    wrap_ttl_s: int
    client_host: str
    now: Instant
    token: Token | None = None
    has_sudo: bool = False
    fields: Fields = field(init=False)

    def __post_init__(self) -> None:
        self.fields = Fields(self.data)

    @property
    def writes(self) -> bool:
        """Tell whether this is a POST, PUT or PATCH."""
        return self.operation in WRITES

    @property
    def client(self) -> Token:
        """Return the token that asks; only for paths that need one."""
        assert self.token is not None
        return self.token
