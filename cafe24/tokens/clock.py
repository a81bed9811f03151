"""The holder's own clock: seconds since boot, sleep included, never set back."""

import time


def boottime() -> float:
    """Return seconds since boot; a suspended machine's lease runs on.

    Where the system has no CLOCK_BOOTTIME, the monotonic clock.
    """
    clock: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)
