"""Cuts a fleet into shards, and gives each its time.

A mall's place is a hash of its id alone, so that it comes at about the same time of every
spread, whoever cuts and however many malls came or went.
"""

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from cafe24.malls import MallId

DIRECTLY = 100
"""Up to so many malls one run does them itself, and shows each as a step of its own."""

SHARD_SIZE = 5000
"""Malls a shard, if they need not be spread: a run's start takes as long as some 300 of them."""

SLICE = timedelta(minutes=15)
"""The longest part of a spread that one run waits through."""

CHECKED_AT_ONCE = 2500
"""Malls that one run grades itself: a look at a mall's dates is one call of Vault."""

NEAR_ITS_END = timedelta(days=3)
"""A refresh token with less left than this waits for no spread."""

NEVER_SEEN = datetime.min.replace(tzinfo=UTC)
"""Where a token whose end nobody knows stands among the others: before all."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The malls of one run.

    Attributes:
        mall_ids: those nearest to their end first.
        due_after: how long after the cut its run is due.
        spread: over how long the fleet is spread: each mall begins at its place in it.
            Zero: they begin as soon as the run does.
    """

    number: int
    mall_ids: tuple[MallId, ...]
    due_after: timedelta = timedelta()
    spread: timedelta = timedelta()


def place_of(mall: MallId) -> float:
    """Return the mall's place in the fleet, from 0 to below 1, the same for ever."""
    digest = hashlib.blake2b(mall.encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48


def shards_of(
    malls: Collection[MallId],
    ends: Mapping[MallId, datetime],
    now: datetime,
    *,
    size: int,
    spread: timedelta,
) -> list[Shard]:
    """Return the fleet in shards of about `size` malls, or of a slice of the spread.

    Those whose refresh token is near its end begin at once, in shards of their own. Each of
    the others begins at its place in the spread.

    Args:
        malls: the fleet.
        ends: when each mall's refresh token ends, where that is known.
        now: aware time.
        size: malls a shard at most; one that is cut by places holds some more or less.
        spread: over how long the malls begin.
    """
    first = [mall for mall in malls if ends.get(mall, now + NEAR_ITS_END) < now + NEAR_ITS_END]
    urgent = _slices(_nearest_first(first, ends), size)
    others = sorted(set(malls) - set(first))
    count = max(math.ceil(len(others) / size), math.ceil(spread / SLICE))
    cut: list[tuple[Sequence[MallId], timedelta, timedelta]] = [
        *((some, timedelta(), timedelta()) for some in urgent),
        *(
            (some, spread * turn / count, spread)
            for turn, some in enumerate(_by_place(others, count))
        ),
    ]
    return [
        Shard(number, tuple(_nearest_first(some, ends)), due_after, wide)
        for number, (some, due_after, wide) in enumerate(filter(itemgetter(0), cut), start=1)
    ]


def _by_place(malls: Sequence[MallId], count: int) -> list[list[MallId]]:
    shards: list[list[MallId]] = [[] for _ in range(count)]
    for mall in malls:
        shards[int(place_of(mall) * count)].append(mall)
    return shards


def _nearest_first(malls: Collection[MallId], ends: Mapping[MallId, datetime]) -> list[MallId]:
    return sorted(malls, key=lambda mall: (ends.get(mall, NEVER_SEEN), mall))


def _slices(malls: Sequence[MallId], size: int) -> list[Sequence[MallId]]:
    return [malls[start : start + size] for start in range(0, len(malls), size)]
