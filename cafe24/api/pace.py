"""The governor of one mall's calls: no 429 in normal running, never 10 calls a second.

It believes what Cafe24 says of itself: the bucket of each endpoint, the mall's
usage in percent, and how many seconds a blocked mall must be left alone (while
it is blocked, every further call makes the block longer).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import ceil, isfinite

from cafe24.api.bucket import LEAK_PER_S, Bucket

GAP_S = 0.125
"""Seconds between two calls to one mall: 8 a second, where 10 count as abnormal."""

SPREAD_S = 0.3
"""Calls that leave evenly may arrive in a bunch, by at most what they take; slower ones
are too few at once."""

EASE_ABOVE = 80.0
"""Percent of a usage quota from which calls are spread out more and more."""
EASED_GAP_S = 2.0
"""Seconds between two calls when a quota is all but used."""

UNLIMITED = 1000
"""A stand-in with a bucket this deep says that it has no limit; Cafe24's hold 40 or some more."""

SHORTEST_WAIT_S = 0.001
"""Less is not waited: no clock is that fine."""

LATENCY_MEMORY = 0.8
MOST_IN_FLIGHT = 8


@dataclass(frozen=True, slots=True)
class Turn:
    """The permission to make one call now."""

    endpoint: str
    number: int
    at: float


class Pace:
    """Says when the next call to one mall may leave, and learns from every answer.

    Args:
        clock: seconds that never go back.
        sleep: waits that many seconds.
        is_stand_in: the API is on this very machine. One that names no limit of
            its own, or none that can be felt, is then not held to Cafe24's.

    Attributes:
        waited_s: seconds in which a call was held back; several at once count once.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        is_stand_in: bool = False,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._is_stand_in = is_stand_in
        self._names_limits = False
        self._has_answered = False
        self._buckets: dict[str, Bucket] = {}
        self._queues: dict[str, asyncio.Lock] = {}
        self._next_at = self._blocked_until = clock()
        self._usage = 0.0
        self._latency_s = 0.0
        self.waited_s = 0.0
        self._waits_until = clock()

    async def turn(self, endpoint: str) -> Turn:
        """Wait until one call to `endpoint` may leave. Callers are served in order."""
        async with self._queues.setdefault(endpoint, asyncio.Lock()):
            await self.ready(endpoint)
            now = self._clock()
            self._next_at = now + self._gap_s()
            return Turn(endpoint, self._bucket(endpoint).send(now), now)

    async def ready(self, endpoint: str) -> None:
        """Wait until a call to `endpoint` could leave, so that what to ask is decided late."""
        while (delay := self._delay_s(endpoint)) > SHORTEST_WAIT_S:
            self.note_wait(delay)
            await self._sleep(delay)

    def note_wait(self, seconds: float) -> None:
        """Count a wait that begins now."""
        begins = max(self._clock(), self._waits_until)
        ends = self._clock() + seconds
        self.waited_s += max(0.0, ends - begins)
        self._waits_until = max(ends, begins)

    def hear(self, turn: Turn, headers: Mapping[str, str], *, was_rejected: bool = False) -> None:
        """Learn from the headers of the answer to `turn`."""
        now = self._clock()
        took_s = now - turn.at
        before_s = self._latency_s if self._has_answered else took_s
        self._latency_s = took_s + LATENCY_MEMORY * (before_s - took_s)
        self._has_answered = True
        used, limit = _used_and_limit(headers.get("X-Api-Call-Limit", ""))
        if limit:
            self._names_limits |= limit < UNLIMITED
            self._bucket(turn.endpoint).hear(now, turn.number, used, limit)
        if was_rejected:
            self._bucket(turn.endpoint).overflow(now)
        self._usage = max(
            _number(headers.get("X-Cafe24-Call-Usage")), _number(headers.get("X-Cafe24-Time-Usage"))
        )
        remain_s = max(
            _number(headers.get("X-Cafe24-Call-Remain")),
            _number(headers.get("X-Cafe24-Time-Remain")),
        )
        self._blocked_until = max(self._blocked_until, now + remain_s)

    def lose(self, turn: Turn) -> None:
        """Expect no answer to `turn`."""
        self._bucket(turn.endpoint).lose(turn.number)

    @property
    def blocked_s(self) -> float:
        """Seconds for which Cafe24 told us to leave the mall alone."""
        return max(0.0, self._blocked_until - self._clock())

    @property
    def in_flight(self) -> int:
        """How many calls at once keep the bucket, not the wire, the limit.

        A quarter more than the leak needs at the latency seen, and one more, so that
        the bucket's depth is used up too.
        """
        return min(MOST_IN_FLIGHT, 1 + ceil(1.25 * LEAK_PER_S * self._latency_s))

    def _delay_s(self, endpoint: str) -> float:
        now = self._clock()
        if not self._is_limited:
            return self._blocked_until - now
        return max(
            self._blocked_until - now, self._next_at - now, self._bucket(endpoint).delay_s(now)
        )

    @property
    def _is_limited(self) -> bool:
        return self._names_limits or not (self._is_stand_in and self._has_answered)

    def _gap_s(self) -> float:
        tightness = (min(self._usage, 100.0) - EASE_ABOVE) / (100.0 - EASE_ABOVE)
        spread_gap_s = GAP_S * (1.0 + min(self._latency_s, SPREAD_S) / 2)
        return spread_gap_s + max(0.0, tightness) * (EASED_GAP_S - GAP_S)

    def _bucket(self, endpoint: str) -> Bucket:
        if endpoint not in self._buckets:
            self._buckets[endpoint] = Bucket(self._clock())
        return self._buckets[endpoint]


def _used_and_limit(text: str) -> tuple[float, float]:
    """Return both halves of `8/40`, or zeros for anything else."""
    used, _, limit = text.partition("/")
    return _number(used), _number(limit)


def _number(text: str | None) -> float:
    """Return a header's number, 0 when it is missing or is none."""
    try:
        number = float(text or 0.0)
    except ValueError:
        return 0.0
    return max(0.0, number) if isfinite(number) else 0.0
