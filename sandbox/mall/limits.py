"""A mall's limits: a leaky bucket for each endpoint and a usage quota over all of them.

They run on real, monotonic time: moving the mall's clock fills no bucket.
Sources: Cafe24's API operation guide (40 calls, 2 leave each second, per mall and
endpoint; Remain in seconds, only at 100 % and more, and longer for those who go
on calling) and what others quote of its quota (3,000 calls and 600 s in 10 minutes).
"""

import time
from collections import deque
from math import ceil, inf

from sandbox.mall.switches import Limits

_FULL_PERCENT = 100
_PENALTY_S = 1.0


class _Bucket:
    """Calls that came and have not leaked away yet."""

    __slots__ = ("_at", "_level")

    def __init__(self) -> None:
        self._level = 0.0
        self._at = 0.0

    def level(self, now: float, leak_per_s: float) -> float:
        """Return how full the bucket is."""
        return max(0.0, self._level - (now - self._at) * leak_per_s)

    def fill(self, now: float, limits: Limits) -> bool:
        """Take one more call in; False when it does not fit."""
        level = self.level(now, limits.leak_per_s)
        if level + 1 > limits.bucket_size:
            return False
        self._level, self._at = level + 1, now
        return True


class _Quota:
    """Calls and seconds of processing spent in the current window.

    Its length is asked for each time, so that a new one counts at once.
    """

    __slots__ = ("_began_at", "_penalty_s", "calls", "time_s")

    def __init__(self) -> None:
        self.calls = 0
        self.time_s = 0.0
        self._began_at = -inf
        self._penalty_s = 0.0

    def count(self, now: float, limits: Limits) -> bool:
        """Count one call; False when the window has no room left for it."""
        self.roll(now, limits)
        is_open = self.calls < limits.quota_calls and self.time_s < limits.quota_time_s
        self.calls += 1
        if not is_open:
            self._penalty_s += _PENALTY_S
        return is_open

    def roll(self, now: float, limits: Limits) -> None:
        """Begin a new window when the old one is over."""
        if now >= self._ends_at(limits):
            self.calls, self.time_s = 0, 0.0
            self._began_at, self._penalty_s = now, 0.0

    def remain_s(self, now: float, limits: Limits) -> int:
        """Return the seconds until calls are served again."""
        return max(1, ceil(self._ends_at(limits) - now))

    def _ends_at(self, limits: Limits) -> float:
        return self._began_at + limits.quota_window_s + self._penalty_s


class Gauge:
    """What the limits of one mall let through, and what the headers say about it."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._quota = _Quota()
        self._last_second: deque[float] = deque()
        self.peak_calls_per_s = 0

    def admit(self, endpoint: str, limits: Limits) -> bool:
        """Count a call; False means 429."""
        now = time.monotonic()
        self._watch_pace(now)
        if limits.is_off:
            return True
        # Both count, also a call that the other one refuses.
        has_room = self._buckets.setdefault(endpoint, _Bucket()).fill(now, limits)
        return self._quota.count(now, limits) and has_room

    def spend(self, seconds: float) -> None:
        """Count processing time."""
        self._quota.time_s += seconds

    def use_up(self, limits: Limits) -> None:
        """Have others' calls use up the quota of this window, unless it is used up already."""
        self._quota.roll(time.monotonic(), limits)
        self._quota.calls = max(self._quota.calls, limits.quota_calls)

    def headers(self, endpoint: str, limits: Limits) -> dict[str, str]:
        """Return the limit headers that every answer of the Admin API carries."""
        if limits.is_off:
            return {}
        now = time.monotonic()
        self._quota.roll(now, limits)
        bucket = self._buckets.get(endpoint) or _Bucket()
        used = ceil(bucket.level(now, limits.leak_per_s))
        told = {"X-Api-Call-Limit": f"{used}/{limits.bucket_size}"}
        usages = {
            "Call": _FULL_PERCENT * self._quota.calls / limits.quota_calls,
            "Time": _FULL_PERCENT * self._quota.time_s / limits.quota_time_s,
        }
        for name, percent in usages.items():
            told[f"X-Cafe24-{name}-Usage"] = f"{percent:.2f}"
            if percent >= _FULL_PERCENT:
                told[f"X-Cafe24-{name}-Remain"] = str(self._quota.remain_s(now, limits))
        return told

    def levels(self, limits: Limits) -> dict[str, float]:
        """Return how full each endpoint's bucket is now."""
        now = time.monotonic()
        return {
            endpoint: round(bucket.level(now, limits.leak_per_s), 2)
            for endpoint, bucket in self._buckets.items()
        }

    def _watch_pace(self, now: float) -> None:
        self._last_second.append(now)
        while self._last_second[0] <= now - 1:
            self._last_second.popleft()
        self.peak_calls_per_s = max(self.peak_calls_per_s, len(self._last_second))
