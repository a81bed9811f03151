"""This machine's clock for spans: seconds since boot, sleep included, never set back."""

import os
import time
from pathlib import Path


def boottime() -> float:
    """Return seconds since boot; a suspended machine's lease runs on.

    Where the system has no CLOCK_BOOTTIME, the monotonic clock.
    """
    clock: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


def process_started() -> float:
    """Return when this process began, by `boottime`; now, where the system does not say."""
    try:
        # The second field, the program's name in brackets, may hold blanks.
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return boottime()
