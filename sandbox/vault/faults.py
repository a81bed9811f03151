"""Faults that tests order: which requests they hit, and what becomes of those."""

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.vault.wire.answers import Refusal

_FIELDS = frozenset({"match", "kind", "times", "skip", "delay_s", "status", "errors"})
_LOWEST_STATUS, _HIGHEST_STATUS = 200, 599
_REFUSED = "local node not active but active cluster node not found"


class Kind(StrEnum):
    """What becomes of a request."""

    HANG = "hang"
    REFUSE = "refuse"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    STATUS = "status"


@dataclass(slots=True)
class Fault:
    """One order; `times` None lasts until it is taken back; `skip` requests pass first."""

    match: str
    kind: Kind
    times: int | None = 1
    delay_s: float | None = None
    status: int = 503
    errors: tuple[str, ...] = (_REFUSED,)
    skip: int = 0
    hits: int = 0
    id: str = field(default="", kw_only=True)

    def hit_by(self, line: str) -> bool:
        """Tell whether it applies to "METHOD /path"."""
        if self.times is not None and self.hits >= self.times:
            return False
        return line.startswith(self.match) or re.match(self.match, line) is not None


class Faults:
    """The orders in force; the oldest that applies is used."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._orders: list[Fault] = []

    def order(self, sent: Mapping[str, Any]) -> Fault:
        """Put an order in force.

        Raises:
            Refusal: 400, for an order that cannot be understood.
        """
        fault = _parse(sent)
        fault.id = f"fault-{next(self._numbers)}"
        self._orders.append(fault)
        return fault

    def strike(self, line: str) -> Fault | None:
        """Return the fault that this request suffers, and count it."""
        for fault in self._orders:
            if not fault.hit_by(line):
                continue
            if fault.skip:
                fault.skip -= 1
                return None
            fault.hits += 1
            return fault
        return None

    def clear(self) -> None:
        """Take every order back."""
        self._orders.clear()

    def in_force(self) -> list[Fault]:
        """Return every order, also those whose times are used up."""
        return list(self._orders)


def _parse(sent: Mapping[str, Any]) -> Fault:
    if unknown := set(sent) - _FIELDS:
        raise Refusal(400, f"unknown fields {sorted(unknown)}; there are {sorted(_FIELDS)}")
    try:
        fault = Fault(
            match=str(sent["match"]),
            kind=Kind(sent["kind"]),
            times=None if sent.get("times", 1) is None else int(sent.get("times", 1)),
            skip=int(sent.get("skip", 0)),
            delay_s=None if sent.get("delay_s") is None else float(sent["delay_s"]),
            status=int(sent.get("status", 503)),
            errors=_errors(sent.get("errors", _REFUSED)),
        )
        re.compile(fault.match)
        _check(fault)
    except KeyError as missing:
        raise Refusal(400, f"a fault needs {missing}") from None
    except (ValueError, TypeError, re.error) as failure:
        raise Refusal(400, f"this fault cannot be understood: {failure}") from None
    return fault


def _errors(sent: Any) -> tuple[str, ...]:
    """Return the texts that were sent, be it only one."""
    return (sent,) if isinstance(sent, str) else tuple(map(str, sent))


def _check(fault: Fault) -> None:
    """See to it that the order can be carried out.

    Raises:
        ValueError: it cannot; the message says why.
    """
    if fault.times is not None and fault.times < 1:
        raise ValueError("times is 1 or more, or null")
    if fault.skip < 0:
        raise ValueError("skip is 0 or more")
    if fault.delay_s is not None and not 0 <= fault.delay_s < math.inf:
        raise ValueError("delay_s is a number of seconds, 0 or more")
    if not _LOWEST_STATUS <= fault.status <= _HIGHEST_STATUS:
        raise ValueError(f"status is {_LOWEST_STATUS} to {_HIGHEST_STATUS}")
