"""Which malls an incident of their app is about: counted, the first named, all known."""

from collections.abc import Collection, Mapping

from cafe24.alerts.tables import Fact

NAMED = 5
"""How many malls a message names; the incident's facts have them all."""

_COUNT, _NAMED, _ALL = "malls", "first_malls", "mall_ids"


def facts_of_malls(malls: Collection[str]) -> dict[str, Fact]:
    """Return the facts: how many malls, the first names for a message, and all of them."""
    names = sorted(set(malls))
    more = [] if len(names) <= NAMED else ["…"]
    return {
        _COUNT: len(names),
        _NAMED: ", ".join([*names[:NAMED], *more]),
        _ALL: ",".join(names),
    }


def malls_in(facts: Mapping[str, Fact]) -> list[str]:
    """Return all the malls that an incident is about; none where it is about one subject."""
    told = facts.get(_ALL)
    return told.split(",") if isinstance(told, str) else []


def how_many(facts: Mapping[str, Fact]) -> int | None:
    """Return how many malls an incident is about, if it is about several."""
    told = facts.get(_COUNT)
    return told if isinstance(told, int) else None


def united(before: Mapping[str, Fact], found: dict[str, Fact]) -> dict[str, Fact]:
    """Return what was found, with the malls that the incident named before."""
    known = malls_in(before)
    return found | facts_of_malls([*known, *malls_in(found)]) if known else found
