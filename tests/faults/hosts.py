"""Hosts that are not as they should be: a wrong clock, a full disk. In the child alone."""

import datetime as dt
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.faults.steps import Watch


def host_with_no_room(_watch: Watch) -> None:
    """Let no file of this process grow: what a full disk or quota does, done by the kernel."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def disk_full_after(name: str) -> Callable[[Watch], None]:
    """Let the disk be full once a step is done: after the room was taken."""

    def prepare(watch: Watch) -> None:
        def then(passed: str, when: str) -> None:
            if (passed, when) == (name, "after"):
                host_with_no_room(watch)

        watch.then = then

    return prepare


def ahead_by(hours: float) -> Callable[[Watch], None]:
    """Set the wall clock of this process: time.time and datetime.now alike."""
    shift = dt.timedelta(hours=hours)
    real_time, real_time_ns = time.time, time.time_ns

    real = dt.datetime

    class LikeReal(type):
        def __instancecheck__(cls, found: object) -> bool:
            return isinstance(found, real)

    class Shifted(dt.datetime, metaclass=LikeReal):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Shifted":
            return super().now(tz) + shift

        @classmethod
        def today(cls) -> "Shifted":
            return super().today() + shift

    def prepare(_watch: Watch) -> None:
        time.time = lambda: real_time() + shift.total_seconds()
        time.time_ns = lambda: real_time_ns() + int(shift.total_seconds() * 1e9)
        for module in _users_of(real):
            module.datetime = Shifted
        dt.datetime = Shifted  # type: ignore[misc]

    return prepare


def _users_of(kind: type) -> list[Any]:
    """Return our modules that have imported it by name."""
    ours = [module for name, module in sys.modules.items() if name.startswith("cafe24.")]
    return [module for module in ours if getattr(module, "datetime", None) is kind]
