"""One case, from a fresh mall to a healthy one: disturbed, killed, examined, recovered."""

import time
from dataclasses import dataclass, field

from tests.faults.children import Plan, run
from tests.faults.condition import Condition
from tests.faults.conditions import CONDITIONS
from tests.faults.invariants import examine, history_flaws
from tests.faults.killing import COMMAND, GRANTER_SURVIVES, Event
from tests.faults.recovery import NoWayOut, recover
from tests.faults.shop import Shop, open_shop
from tests.faults.steps import Step
from tests.faults.street import Street

QUIET_S = 0.3


@dataclass(frozen=True)
class Case:
    """What is wrong, who is killed, and at which step or instant; neither: nobody."""

    condition: str
    whom: str = COMMAND
    step: Step | None = None
    instant_s: float | None = None

    @property
    def row(self) -> str:
        """Under which name the table counts it."""
        if self.step is None and self.instant_s is None:
            return f"{self.condition}, nobody killed"
        how = "at a step" if self.step else "at an instant"
        return f"{self.whom} killed {how}"

    def __str__(self) -> str:
        when = self.step or (f"{self.instant_s:.4f} s" if self.instant_s else "never")
        return f"[{self.condition} | {self.whom} | {when}]"


@dataclass
class Outcome:
    """What a case came to."""

    case: Case
    was_killed: bool
    loss: str
    is_ambiguous: bool
    ways: list[str]
    broken: list[str] = field(default_factory=list)
    wall_s: float = 0.0


def play(street: Street, case: Case) -> Outcome:
    """Play one case; one that cannot be played to its end is broken as well."""
    try:
        return _played(street, case)
    except Exception as defect:  # noqa: BLE001 - told in the table; the other cases go on
        return failed(case, defect)


def failed(case: Case, defect: Exception) -> Outcome:
    """Return the outcome of a case that could not be played to its end."""
    said = f"no way out: {type(defect).__name__}: {defect}"
    return Outcome(case, was_killed=True, loss="", is_ambiguous=False, ways=[], broken=[said])


def _played(street: Street, case: Case) -> Outcome:
    begun = time.monotonic()
    condition, shop = CONDITIONS[case.condition], open_shop(street)
    known = condition.set_up(shop)
    before = len(shop.posts())
    plan = Plan(case.whom, case.step, case.instant_s, condition.prepare, known)
    events = run(shop, plan, lambda event: condition.heard(shop, event))
    _until_quiet(shop, events, condition, before)
    calls = len(shop.posts()) - before
    shop.heal()
    found = examine(
        shop,
        events,
        case.whom,
        answer_is_lost=condition.answer_is_lost,
        pair_is_gone=condition.pair_is_gone,
    )
    was_killed = any(event["event"] == "killed" for event in events)
    told = next((one["error"] for one in events if one["event"] == "refused"), "")
    broken = found.broken
    if not was_killed:
        broken += _unexpected(condition, told, calls)
    ways: list[str] = []
    try:
        ways = recover(shop, known, told)
    except NoWayOut as stuck:
        broken.append(f"no way out: {stuck}")
    since = before if condition.pair_is_gone else 0
    holder_died = was_killed and case.whom not in GRANTER_SURVIVES
    broken += history_flaws(shop, since=since, holder_died=holder_died)
    wall_s = time.monotonic() - begun
    return Outcome(case, was_killed, found.loss, found.is_ambiguous, ways, broken, wall_s)


def rehearse(street: Street, condition: Condition, whom: str) -> tuple[list[Step], float]:
    """Run once without a kill; return every step that was passed, and how long it took."""
    shop = open_shop(street)
    known = condition.set_up(shop)
    plan = Plan(whom, prepare=condition.prepare, known=known)
    begun = time.monotonic()
    events = run(shop, plan, lambda event: condition.heard(shop, event))
    took_s = time.monotonic() - begun
    shop.heal()
    steps = [Step(one["name"], one["when"], one["nth"]) for one in events if one["event"] == "step"]
    return steps, took_s


def _unexpected(condition: Condition, told: str, calls: int) -> list[str]:
    """Compare what the caller was told, and how often the mall was called, with the condition."""
    flaws = []
    if told != condition.told:
        flaws.append(f"told {told or 'nothing'}, not {condition.told or 'a new pair'}")
    if condition.calls is not None and calls != condition.calls:
        flaws.append(f"{calls} calls, not {condition.calls}")
    return flaws


def _until_quiet(shop: Shop, events: list[Event], condition: Condition, before: int) -> None:
    """Wait until nobody acts any more: a request on its way, a write that comes late."""
    left = sum(event.get("name") == "leaves" for event in events)
    until = time.monotonic() + max(QUIET_S, condition.late_s)
    while time.monotonic() < until:
        if not condition.late_s and len(shop.posts()) - before >= left:
            return
        time.sleep(0.02)
