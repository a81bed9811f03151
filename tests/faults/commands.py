"""Cases through real processes: manage.py as an operator starts it, and the real helper.

Nothing is shortened inside them: the lease is the shortest that the code takes with
Cafe24's 15 seconds for an answer, set by the environment.
"""

import json
import random
import time
from dataclasses import dataclass

from tests.faults.case import Case, Outcome, failed
from tests.faults.conditions import CONDITIONS
from tests.faults.invariants import examine, history_flaws
from tests.faults.manage import (
    ENDED_S,
    authorize,
    environment_of,
    outcome_of,
    refreshed_once,
    started,
)
from tests.faults.recovery import NoWayOut
from tests.faults.shop import Shop, open_shop
from tests.faults.street import Street

PATIENCE_S = 90.0
LONGEST_S = 0.2
"""How long after its intent the command is killed at the latest."""

PLAYED = (
    "all is well",
    "mall: slow",
    "mall: slow, after it rotated",
    "mall: drips",
    "mall: 500",
    "mall: reset after it rotated",
    "vault: refuses the save 3 times",
    "vault: does the intent, no answer",
    "vault: does the save, no answer",
    "vault: is slow at the save",
)


@dataclass(frozen=True)
class Command(Case):
    """`manage.py refresh` of one mall, killed after a while or not at all."""

    @property
    def row(self) -> str:
        """Under which name the table counts it."""
        return "manage.py, " + ("not killed" if self.instant_s is None else "killed at an instant")


def drawn(number: int, dice: random.Random) -> list[Case]:
    """Return so many cases; in six of seven the command is killed."""
    return [
        Command(
            PLAYED[turn % len(PLAYED)],
            instant_s=dice.uniform(0, LONGEST_S) if turn % 7 else None,
        )
        for turn in range(number)
    ]


def play(street: Street, case: Case) -> Outcome:
    """Run the command, kill it, and bring the mall back with the commands that are named."""
    try:
        return _played(street, case)
    except Exception as defect:  # noqa: BLE001 - told in the table; the other cases go on
        return failed(case, defect)


def _played(street: Street, case: Case) -> Outcome:
    begun = time.monotonic()
    condition, shop = CONDITIONS[case.condition], open_shop(street)
    environment = environment_of(shop)
    condition.set_up(shop)
    was_killed, told = refreshed_once(environment, shop, case.instant_s)
    time.sleep(1.0)  # until the mall has done what was on its way
    shop.heal()
    events = [{"event": "killed"}, {"event": "step", "name": "leaves"}] if was_killed else []
    found = examine(
        shop, events, case.whom, answer_is_lost=condition.answer_is_lost, pair_is_gone=False
    )
    broken = found.broken
    if not was_killed and outcome_of(told) not in {"refreshed", "ambiguous"}:
        broken.append(f"manage.py said {told}")
    ways: list[str] = []
    try:
        ways = _recovered(environment, shop)
    except NoWayOut as stuck:
        broken.append(f"no way out: {stuck}")
    broken += history_flaws(shop, holder_died=was_killed)
    wall_s = time.monotonic() - begun
    return Outcome(case, was_killed, found.loss, found.is_ambiguous, ways, broken, wall_s)


def _recovered(environment: dict[str, str], shop: Shop) -> list[str]:
    """Run refresh and what it names until the mall is well, then once more by force."""
    ways: list[str] = []
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        _, told = refreshed_once(environment, shop, None)
        row = told["malls"][0]
        ways.append(row["outcome"])
        if row["outcome"] in {"refreshed", "fresh"}:
            _prove(environment, shop)
            return ways
        if "manage.py drain" in row["reason"]:
            started(environment, "drain").communicate(timeout=ENDED_S)
        elif f"manage.py authorize {shop.mall}" in row["reason"]:
            authorize(environment, shop)
        elif row["outcome"] in {"ambiguous", "busy"}:
            time.sleep(2.0)
        else:
            raise NoWayOut(row["reason"])
    raise NoWayOut(f"after {PATIENCE_S:.0f} s and {ways}")


def _prove(environment: dict[str, str], shop: Shop) -> None:
    process = started(environment, "refresh", shop.mall, "--force")
    out, _ = process.communicate(timeout=ENDED_S)
    token = shop.stored().document.refresh_token.reveal()
    if outcome_of(json.loads(out)) != "refreshed" or token not in shop.live():
        raise NoWayOut(f"refresh --force said {out}")
