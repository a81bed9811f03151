"""Faults that control can order for a mall's next calls."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from sandbox.mall.bad_order import BadOrder, is_number

ENDPOINTS = (
    "authorize",
    "token",
    "revoke",
    "scopes",
    "products",
    "count",
    "detail",
    "update",
    "variants",
    "variant",
    "inventories",
    "store",
    "unknown",
)
"""The API's endpoints, by the names that faults, limits and counts use."""

ANY = "any"

KINDS = {
    "status": "answer `status` (500) with `body`, without doing the work",
    "html": "answer `status` (200) with a page instead of JSON, without doing the work",
    "empty": "answer 200 with nothing in it: an empty list, a count of 0, an empty object",
    "slow": "wait `delay_s`, then do the work and answer",
    "slow_after": "do the work, wait `delay_s`, then answer",
    "drip": "do the work, then answer in small pieces spread over `delay_s`",
    "truncate": "do the work, then answer only the first half (`keep_bytes`), as if that were all",
    "cut": "do the work, announce the whole answer, close the line after half (`keep_bytes`)",
    "cut_head": "do the work, then close the line in the middle of the answer's head",
    "cut_reset": "do the work, announce the whole answer, reset the line after half (`keep_bytes`)",
    "drop_before": "close the line without doing the work",
    "drop_after": "do the work, then close the line without an answer",
    "reset": "reset the line without doing the work",
    "reset_after": "do the work, then reset the line without an answer",
    "no_tokens": "do the work, then leave the tokens out of the answer",
    "patch": "do the work, then put the fields of `body` into the answer's JSON",
    "no_embed": "do the work as if nothing had been asked to be embedded",
    "stuck": "ignore since_product_no, so that every page is the first",
}

_STATUSES = range(200, 600)
_LONGEST_S = 86_400
_BODIES: dict[str, type] = {"html": str, "patch": dict}


@dataclass(slots=True, eq=False)
class Fault:
    """One disturbance.

    Attributes:
        kind: a name in KINDS.
        on: a name in ENDPOINTS, or `any`.
        status: HTTP status, where the kind answers one.
        body: text or JSON, where the kind takes one.
        delay_s: real seconds, where the kind waits.
        keep_bytes: how much of the answer gets through; None is half of it.
        times: how many calls it hits; None is every one until faults are deleted.
        skip: how many calls pass first.
    """

    kind: str
    on: str = ANY
    status: int | None = None
    body: Any = None
    delay_s: float = 1.0
    keep_bytes: int | None = None
    times: int | None = 1
    skip: int = 0

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("fault", self.kind, sorted(KINDS)),
            ("endpoint", self.on, sorted({*ENDPOINTS, ANY})),
        ):
            if value not in allowed:
                raise BadOrder(f"There is no {name} {value!r}, but {allowed}.")
        self._check_numbers()
        body = _BODIES.get(self.kind)
        if body is not None and not isinstance(self.body, body | None):
            raise BadOrder(f"The body of {self.kind} must be a {body.__name__}.")

    def _check_numbers(self) -> None:
        if not is_number(self.delay_s, most=_LONGEST_S):
            raise BadOrder(f"delay_s must be a number from 0 to {_LONGEST_S}.")
        for name, value, least, may_lack in (
            ("keep_bytes", self.keep_bytes, 0, True),
            ("times", self.times, 1, True),
            ("skip", self.skip, 0, False),
        ):
            if not (may_lack and value is None) and not (type(value) is int and value >= least):
                raise BadOrder(f"{name} must be a whole number, {least} or more.")
        if self.status is not None and not (type(self.status) is int and self.status in _STATUSES):
            raise BadOrder("status must be an HTTP status from 200 to 599.")


class Faults:
    """The faults a mall has in store, taken in the order they were given."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def order(self, wanted: list[dict[str, Any]]) -> None:
        """Put these faults behind those already waiting.

        Raises:
            BadOrder: one of them cannot be; none was taken.
        """
        known = {field.name for field in fields(Fault)}
        for one in wanted:
            if not isinstance(one, dict) or "kind" not in one or set(one) - known:
                raise BadOrder(f"A fault is an object with a kind, of {sorted(known)}.")
        self._waiting += [Fault(**one) for one in wanted]

    def take(self, endpoint: str) -> Fault | None:
        """Return the fault that hits this call, if one does."""
        for fault in self._waiting:
            if fault.on not in {ANY, endpoint}:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        """Forget all faults."""
        self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """Return the faults that have not hit yet."""
        return [asdict(fault) for fault in self._waiting]
