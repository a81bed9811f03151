"""Cuts a fleet into shards, and gives each its time.

A mall's place is a hash of its id alone, so that it comes at about the same time of every
spread, whoever cuts and however many malls came or went.
"""

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cafe24.malls import MallId

DIRECTLY = 100
"""Up to so many malls one run does them itself, and shows each as a step of its own."""

SHARD_SIZE = 500

CHECKED_AT_ONCE = 2500
"""Malls that one run grades: a look at a mall's dates is one call of Vault."""

NEAR_ITS_END = timedelta(days=3)
"""A refresh token with less left than this waits for no spread."""

NEVER_SEEN = datetime.min.replace(tzinfo=UTC)
"""Where a token whose end nobody knows stands among the others: before all."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The malls of one run, in their order, and how long after the start it is due."""

    number: int
    mall_ids: tuple[MallId, ...]
    due_after: timedelta = timedelta()


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
    """Return the fleet in shards of about `size` malls.

    Those whose refresh token is near its end are due at once, ahead of the others. These
    are spread by their places. Inside each shard the nearest to its end comes first.

    Args:
        malls: the fleet.
        ends: when each mall's refresh token ends, where that is known.
        now: aware time.
        size: malls a shard; a shard of hashes holds some more or less.
        spread: over how long the shards are due.
    """
    first = [mall for mall in malls if ends.get(mall, now + NEAR_ITS_END) < now + NEAR_ITS_END]
    urgent = _slices(_nearest_first(first, ends), size)
    others = _by_place(sorted(set(malls) - set(first)), size)
    due = [(some, timedelta()) for some in urgent]
    due += [(some, spread * turn / len(others)) for turn, some in enumerate(others) if some]
    return [
        Shard(number, tuple(_nearest_first(some, ends)), after)
        for number, (some, after) in enumerate(due, start=1)
    ]


def _by_place(malls: Sequence[MallId], size: int) -> list[list[MallId]]:
    count = math.ceil(len(malls) / size)
    shards: list[list[MallId]] = [[] for _ in range(count)]
    for mall in malls:
        shards[int(place_of(mall) * count)].append(mall)
    return shards


def _nearest_first(malls: Collection[MallId], ends: Mapping[MallId, datetime]) -> list[MallId]:
    return sorted(malls, key=lambda mall: (ends.get(mall, NEVER_SEEN), mall))


def _slices(malls: Sequence[MallId], size: int) -> list[Sequence[MallId]]:
    return [malls[start : start + size] for start in range(0, len(malls), size)]
