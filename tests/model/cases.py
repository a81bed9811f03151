"""What is searched: surroundings in which the rules must hold, and rules that are too weak."""

from collections.abc import Mapping
from typing import NamedTuple

from tests.model.properties import (
    DROPPED,
    MISPLACED,
    OVERWRITTEN,
    ROLLED_BACK,
    TWICE,
    WRONG_DEAD,
)
from tests.model.rules import Rules, by_generation, never_over_another, not_knowing_its_own
from tests.model.world import Budget, Surroundings

_ONE_OF_EACH = Budget(kills=1, vault_faults=1, net_faults=1, consents=1, asks=2)
_TWO_OF_EACH = Budget(kills=2, vault_faults=2, net_faults=2, consents=1, asks=3)
_RESTORED = _ONE_OF_EACH._replace(net_faults=0, rollbacks=1, asks=3)

SMALL: Mapping[str, Surroundings] = {
    "usual": Surroundings(),
    "pauses": Surroundings(pauses=True),
    "sleeps": Surroundings(sleeps=True),
    "reuse-detection": Surroundings(revokes_on_reuse=True, drains_in_time=True),
    "consent-any-time": Surroundings(consent_any_time=True),
    "consent-revokes": Surroundings(consent_any_time=True, consent_revokes=True),
    "overrides": Surroundings(budget=_ONE_OF_EACH._replace(overrides=1)),
    "restored": Surroundings(budget=_RESTORED._replace(kills=0, consents=0)),
    "three-keepers": Surroundings(keepers=3, budget=_ONE_OF_EACH._replace(consents=0, asks=3)),
}
"""For every run of the tests."""

LARGE: Mapping[str, Surroundings] = {
    "twice-everything": Surroundings(budget=_TWO_OF_EACH),
    "twice-everything-pauses": Surroundings(budget=_TWO_OF_EACH, pauses=True),
    "twice-everything-sleeps": Surroundings(budget=_TWO_OF_EACH, sleeps=True),
    "twice-everything-reuse-detection": Surroundings(
        budget=_TWO_OF_EACH, revokes_on_reuse=True, drains_in_time=True
    ),
    "twice-everything-overrides": Surroundings(budget=_TWO_OF_EACH._replace(overrides=1)),
    "restored-any-consent": Surroundings(
        budget=_RESTORED._replace(overrides=1), consent_any_time=True, consent_revokes=True
    ),
    "three-keepers-pauses": Surroundings(
        keepers=3, budget=_ONE_OF_EACH._replace(asks=4), pauses=True
    ),
    "three-keepers-consent": Surroundings(keepers=3, budget=_ONE_OF_EACH._replace(asks=3)),
    "three-keepers-two-kills": Surroundings(keepers=3, budget=_TWO_OF_EACH._replace(asks=3)),
}
"""For `python -m tests.model`: minutes."""


class Weak(NamedTuple):
    """Rules that somebody might prefer, where they fail, and how."""

    rules: Rules
    broken: str
    world: Surroundings = Surroundings()


WEAK: Mapping[str, Weak] = {
    "placed by generation": Weak(
        Rules(place=by_generation),
        OVERWRITTEN,
        Surroundings(
            budget=Budget(vault_faults=1, consents=1, rollbacks=1, asks=3),
            consent_any_time=True,
            consent_revokes=True,
        ),
    ),
    "never over a version that moved": Weak(Rules(place=never_over_another), MISPLACED),
    "own save not recognised": Weak(Rules(place=not_knowing_its_own), MISPLACED),
    "dead over a version re-read": Weak(
        Rules(dead_is_written_over="version re-read"), WRONG_DEAD, Surroundings(sleeps=True)
    ),
    "settled without delay": Weak(Rules(settles_after_delay=False), WRONG_DEAD),
    "an ended lease taken over": Weak(Rules(an_ended_lease_is_left_open=False), WRONG_DEAD),
    "left without a seal": Weak(Rules(seals_before_leaving=False), DROPPED),
    "refreshed before the drain": Weak(Rules(drains_first=False), WRONG_DEAD),
    "the ledger not asked": Weak(
        Rules(asks_the_ledger=False), ROLLED_BACK, Surroundings(budget=_RESTORED)
    ),
    "sent again after silence": Weak(Rules(sends_once=False), TWICE),
}
"""Each is a rule that looks harmless; the search must find what it costs."""
