"""Which cases a bench of so many kills consists of: every step first, then instants."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.faults.case import Case, Outcome, play, rehearse
from tests.faults.condition import Condition
from tests.faults.conditions import CALM, CONDITIONS
from tests.faults.killing import BOTH, COMMAND, FLOW, HELPER, VICTIMS, WORKER
from tests.faults.pool import in_short_times
from tests.faults.steps import Step
from tests.faults.street import Street

AT_A_STEP = 0.7
"""The part of the kills that hits a chosen step; the others come at random instants."""

SWEPT = (
    CALM.name,
    "vault: refuses the save 3 times",
    "vault: is slow at the save",
    "vault: refuses saves for ever",
    "mall: slow",
    "mall: closed before it rotates",
    "past: a spill lies here",
    "past: ambiguous",
    "past: an intent ran out",
)

QUICK = (*SWEPT[:2], "mall: slow", "past: a spill lies here")
"""Those that are rehearsed in a second, for the small part of the bench."""


@dataclass(frozen=True)
class Rehearsal:
    """What happened in a run in which nobody was killed."""

    condition: str
    whom: str
    steps: tuple[Step, ...]
    took_s: float


def play_killed(street: Street, case: Case) -> Outcome:
    """Play a case until its kill came in time: a run that had ended before is no kill."""
    outcome = play(street, case)
    broken: list[str] = []
    while not outcome.was_killed and case.instant_s is not None:
        broken += outcome.broken
        case = replace(case, instant_s=case.instant_s * 0.7)
        outcome = play(street, case)
    outcome.broken = broken + outcome.broken
    return outcome


def rehearsed(workers: int, conditions: Iterable[Condition]) -> list[Rehearsal]:
    """Learn which steps there are, and how long a run takes."""
    jobs = [(one.name, whom) for one in conditions for whom in (COMMAND, HELPER)]
    return list(in_short_times(workers, _rehearse, jobs))


def planned(number: int, rehearsals: list[Rehearsal], dice: random.Random) -> list[Case]:
    """Return so many cases with a kill each."""
    steps = _at_steps(rehearsals, dice)[: int(number * AT_A_STEP)]
    instants = [_at_an_instant(rehearsals, dice) for _ in range(number - len(steps))]
    return [*steps, *instants]


def every_step(rehearsals: list[Rehearsal]) -> set[tuple[str, str, Step]]:
    """Return the steps of the processes that hold tokens: condition, process, step."""
    swept = (one for one in rehearsals if one.condition in SWEPT)
    return {(one.condition, one.whom, step) for one in swept for step in one.steps}


def _at_steps(rehearsals: list[Rehearsal], dice: random.Random) -> list[Case]:
    """Return the cases, those first in which the holder of the token dies."""
    every = sorted(every_step(rehearsals), key=str)
    holders = [Case(condition, whom, step) for condition, whom, step in every]
    others = [
        Case(condition, other, step)
        for condition, whom, step in every
        if whom == HELPER
        for other in (FLOW, WORKER, BOTH)
    ]
    dice.shuffle(holders)
    dice.shuffle(others)
    return _interleaved(holders, others)


def _interleaved(holders: list[Case], others: list[Case]) -> list[Case]:
    """Four of the first kind, one of the second: two thousand kills meet every step."""
    cases: list[Case] = []
    while holders or others:
        cases += [holders.pop() for _ in range(min(4, len(holders)))]
        cases += [others.pop()] if others else []
    return cases


def _at_an_instant(rehearsals: list[Rehearsal], dice: random.Random) -> Case:
    whom = dice.choice(VICTIMS)
    like = COMMAND if whom == COMMAND else HELPER
    one = dice.choice([one for one in rehearsals if one.whom == like])
    return Case(one.condition, whom, instant_s=dice.uniform(0.001, one.took_s * 1.05))


def _rehearse(street: Street, job: tuple[str, str]) -> Rehearsal:
    condition, whom = job
    steps, took_s = rehearse(street, CONDITIONS[condition], whom)
    return Rehearsal(condition, whom, tuple(steps), took_s)
