"""One endpoint's leaky bucket, as this client knows it.

Cafe24 keeps one bucket per mall and endpoint: 40 calls deep, leaking 2 a second.
`X-Api-Call-Limit: used/limit` says how full it is, calls of other programs
included. Between answers the level is reckoned from the leak.
"""

LIMIT = 40
LEAK_PER_S = 2.0
SPARE = 1.0
"""Calls never used: the bucket may leak in steps of a second."""
FOREIGN_MEMORY_S = 20.0
"""How long another program's calls keep our margin wide."""


class Bucket:
    """How full the bucket is, and when the next call fits. Times are a clock's seconds."""

    def __init__(self, now: float) -> None:
        self._limit: float = LIMIT
        self._level = 0.0
        self._at = now
        self._sent = 0
        self._heard = 0
        self._foreign = 0.0
        self._foreign_at = now

    def delay_s(self, now: float) -> float:
        """Return the seconds until one more call fits."""
        room = self._limit - SPARE - self._foreign_margin(now) - self._level_at(now)
        return max(0.0, (1.0 - room) / LEAK_PER_S)

    def send(self, now: float) -> int:
        """Count one call and return its number."""
        self._level, self._at = self._level_at(now) + 1.0, now
        self._sent += 1
        return self._sent

    def hear(self, now: float, number: int, used: float, limit: float) -> None:
        """Learn from the header on the answer to call `number`.

        Calls sent after that one may not be in `used` yet, so they are added. An
        answer overtaken by a later one's says nothing new.
        """
        self._limit = limit
        if number < self._heard:
            return
        self._heard = number
        told = min(used + (self._sent - number), limit)
        excess = told - self._level_at(now)
        if excess > 1.0:
            self._foreign = min(max(self._foreign_margin(now), excess), limit / 2)
            self._foreign_at = now
        self._level, self._at = told, now

    def overflow(self, now: float) -> None:
        """Learn that a call met a full bucket (429)."""
        self._level, self._at = self._limit + 1.0, now

    def _level_at(self, now: float) -> float:
        return max(0.0, self._level - (now - self._at) * LEAK_PER_S)

    def _foreign_margin(self, now: float) -> float:
        """Return the calls another program may make before we hear of them."""
        age = (now - self._foreign_at) / FOREIGN_MEMORY_S
        return max(0.0, self._foreign * (1.0 - age))
