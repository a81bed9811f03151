"""One endpoint's leaky bucket, as this client knows it.

Cafe24 keeps one bucket per mall and endpoint: 40 calls deep, leaking 2 a second.
The level is reckoned from our own calls and the leak. `X-Api-Call-Limit: used/limit`
corrects it when it says something that rounding and a leak in steps do not explain:
then other programs call too.
"""

LIMIT = 40
LEAK_PER_S = 2.0
SPARE = 0.5
"""Calls never used: the bucket may leak in steps of a second."""

TOLERANCE = 1.25
"""By how much `used` may differ from what we reckon: it is rounded, or leaks in steps."""

ALONE = 2.0
"""Corrections that come to more than this are other programs' calls."""
FOREIGN_MEMORY_S = 20.0
"""How long another program's calls keep our margin wide."""
FOREIGN_SHARE = 0.25
"""The widest margin, of the bucket: calls that others may make before we hear of them.
With many calls on their way we hear late, so it is up to twice as wide."""


class Bucket:
    """How full the bucket is, and when the next call fits. Times are a clock's seconds."""

    def __init__(self, now: float) -> None:
        self.limit: float = LIMIT
        self._level = 0.0
        self._at = now
        self._sent = 0
        self._heard = 0
        self._peaks: dict[int, float] = {}  # of calls on their way, but for corrections
        self._last_peak = 0.0
        self._corrected = 0.0
        self._foreign = 0.0
        self._foreign_at = now

    def delay_s(self, now: float) -> float:
        """Return the seconds until one more call fits."""
        room = self.limit - SPARE - self._foreign_margin(now) - self._level_at(now)
        return max(0.0, (1.0 - room) / LEAK_PER_S)

    def send(self, now: float) -> int:
        """Count one call and return its number."""
        self._level, self._at = self._level_at(now) + 1.0, now
        self._sent += 1
        self._last_peak = self._peaks[self._sent] = self._level - self._corrected
        return self._sent

    def lose(self, number: int) -> None:
        """Expect no answer to call `number`; it may have filled the bucket all the same."""
        self._peaks.pop(number, None)

    def hear(self, now: float, number: int, used: float, limit: float) -> None:
        """Learn from the header on the answer to call `number`.

        It was written at some time between that call and its answer, so later calls
        of ours may be in `used` or not.
        """
        self.limit = limit
        before = sum(1 for other in self._peaks if other < number)
        peak = self._peaks.pop(number, self._last_peak)
        ours = max(peak, self._last_peak) - peak  # later calls that may be in it
        excess = used - (peak + self._corrected)
        if excess > TOLERANCE:
            self._correct(now, excess - TOLERANCE)
            if excess - ours > TOLERANCE:
                self._suspect(now, excess - ours)
        if number > self._heard:
            self._heard = number
            most = used + before + (self._sent - number)
            surplus = self._level_at(now) - most - TOLERANCE
            if surplus > 0:
                self._correct(now, -surplus)
                self._suspect(now, -surplus)

    def overflow(self, now: float) -> None:
        """Learn that a call met a full bucket (429): it is full, and not by us alone."""
        self._correct(now, max(0.0, self.limit + 1.0 - self._level_at(now)))
        self._suspect(now, 2 * ALONE)

    def _correct(self, now: float, calls: float) -> None:
        self._level, self._at = max(0.0, self._level_at(now) + calls), now
        self._corrected += calls

    def _suspect(self, now: float, calls: float) -> None:
        """Add up what our own calls do not explain."""
        self._foreign = max(0.0, self._remembered(now) + calls)
        self._foreign_at = now

    def _level_at(self, now: float) -> float:
        return max(0.0, self._level - (now - self._at) * LEAK_PER_S)

    def _remembered(self, now: float) -> float:
        return max(0.0, self._foreign * (1.0 - (now - self._foreign_at) / FOREIGN_MEMORY_S))

    def _foreign_margin(self, now: float) -> float:
        """Return the calls another program may make before we hear of them."""
        foreign = self._remembered(now)
        if foreign <= ALONE:
            return 0.0
        widest = FOREIGN_SHARE * self.limit
        return min(foreign, widest + min(widest, 2 * len(self._peaks)))
