"""What Vault answers: the envelope, bare objects, and refusals."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}
"""On every answer, also on those without a body. hvac compares the type with ==."""

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Answer:
    """A handler's result; `bare` replaces the envelope, `on_top` repeats data beside it."""

    data: Mapping[str, Any] | None = None
    status: int = 200
    auth: Mapping[str, Any] | None = None
    wrap_info: Mapping[str, Any] | None = None
    warnings: Sequence[str] | None = None
    lease_duration: int = 0
    bare: Mapping[str, Any] | None = None
    on_top: bool = False

    def body(self) -> bytes:
        """Return the JSON to send; empty where there is nothing to say."""
        if self.status == NO_CONTENT.status or self is NOTHING_FOUND:
            return b""
        return encoded(self.bare if self.bare is not None else self._envelope())

    def _envelope(self) -> dict[str, Any]:
        return {
            **(self.data if self.on_top and self.data else {}),
            "request_id": str(uuid.uuid4()),
            "lease_id": "",
            "renewable": False,
            "lease_duration": self.lease_duration,
            "data": self.data,
            "wrap_info": self.wrap_info,
            "warnings": self.warnings,
            "auth": self.auth,
        }


NO_CONTENT = Answer(status=204)
NOTHING_FOUND = Answer(status=404)
"""What a PATCH of nothing gets: 404 with no body at all."""


class Refusal(Exception):
    """Vault says no: a status and the texts of its `errors`."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status, *errors)
        self.status = status
        self.errors = errors

    def body(self) -> bytes:
        """Return `{"errors": [...]}`."""
        return encoded({"errors": self.errors})


def not_found() -> Refusal:
    """Return Vault's plain 404."""
    return Refusal(404)


def denied() -> Refusal:
    """Return the 403 of a policy, whether or not anything is there."""
    return Refusal(403, counted("permission denied"))


def counted(*errors: str) -> str:
    """Return the texts in the shape in which Go's multierror prints them."""
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    return f"{count} occurred:\n" + "".join(f"\t* {error}\n" for error in errors) + "\n"


def encoded(body: Mapping[str, Any]) -> bytes:
    """Return the JSON of `body`, ended by a newline as Vault ends it."""
    return f"{_encode(body)}\n".encode()
