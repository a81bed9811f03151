"""How long a granted pair is in one place only: measured, each grant in a new process."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.children import Plan, run
from tests.faults.condition import Condition
from tests.faults.conditions import CALM, CONDITIONS
from tests.faults.killing import COMMAND
from tests.faults.pool import in_short_times
from tests.faults.shop import open_shop
from tests.faults.street import Street

HANGING = CONDITIONS["vault: is slow at the save"]
LIMITS_MS = {CALM.name: 10.0, HANGING.name: 75.0}


@dataclass(frozen=True)
class Figures:
    """Milliseconds of each grant.

    Attributes:
        ours: from the answer's last byte to the durable copy.
        exposure: from the request's last byte to the durable copy.
    """

    name: str
    ours: Sequence[float]
    exposure: Sequence[float]

    @property
    def limit_ms(self) -> float:
        """What the p99 of ours must stay below."""
        return LIMITS_MS[self.name]

    @property
    def is_kept(self) -> bool:
        """Whether it does."""
        return p99(self.ours) < self.limit_ms


def measured(grants: int) -> list[Figures]:
    """Measure that many grants when all is well, and half as many with Vault hanging."""
    if not grants:
        return []
    return [_figures(CALM, grants), _figures(HANGING, -(-grants // 2))]


def p99(values: Sequence[float]) -> float:
    """Return the value that 99 of 100 do not exceed."""
    return sorted(values)[max(0, -(-len(values) * 99 // 100) - 1)]


def median(values: Sequence[float]) -> float:
    """Return the middle one."""
    return statistics.median(values)


def _figures(condition: Condition, grants: int) -> Figures:
    spans = list(in_short_times(1, _grant, [condition.name] * grants))
    return Figures(condition.name, [ours for ours, _ in spans], [whole for _, whole in spans])


def _grant(street: Street, condition: str) -> tuple[float, float]:
    shop = open_shop(street)
    CONDITIONS[condition].set_up(shop)
    events = run(shop, Plan(COMMAND), lambda _event: None)
    shop.heal()
    at = {
        "durable" if one["event"] == "durable" else f"{one.get('when')} {one.get('name')}": one[
            "at"
        ]
        for one in reversed(events)
        if one["event"] in {"step", "durable"}
    }
    ours = at["durable"] - at["after cafe24.tokens.request._read"]
    return ours * 1000, (at["durable"] - at["at sent"]) * 1000
