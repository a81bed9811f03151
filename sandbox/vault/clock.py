"""The sandbox Vault's time: a wall clock for stamps, a monotonic one for deadlines."""

import time
from typing import NamedTuple

SECOND_NS = 1_000_000_000


class Instant(NamedTuple):
    """One moment on both clocks, read once per request."""

    wall_ns: int
    monotonic_s: float
    offset_ns: int

    def wall_ns_at(self, deadline_s: float) -> int:
        """Return when a deadline on the monotonic clock comes, by the wall clock."""
        return self.offset_ns + int(deadline_s * SECOND_NS)


class Clock:
    """Tells the time; deadlines can be made to come sooner, stamps cannot."""

    def __init__(self) -> None:
        self._advanced_s = 0.0
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now(self) -> Instant:
        """Return this moment."""
        advanced_s = self._advanced_s
        offset_ns = self._offset_ns - int(advanced_s * SECOND_NS)
        return Instant(time.time_ns(), time.monotonic() + advanced_s, offset_ns)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass for every deadline; Date and created_time stay true."""
        self._advanced_s += seconds


def rfc3339(wall_ns: int) -> str:
    """Return the moment as Go writes it: nanoseconds without trailing zeros, and Z."""
    whole_s, nanoseconds = divmod(wall_ns, SECOND_NS)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole_s))
    fraction = f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
    return f"{text}{fraction}Z"
