"""Kills from outside at an instant, while it listens to what the victims tell."""

import json
import os
import select
import signal
import time
from collections.abc import Iterator
from typing import Any

COMMAND, HELPER, FLOW, BOTH, WORKER = "command", "helper", "flow", "flow+helper", "worker"
VICTIMS = (COMMAND, HELPER, FLOW, BOTH, WORKER)
GRANTER_SURVIVES = (FLOW, WORKER)

SOON_S = 0.002

Event = dict[str, Any]


class Killing:
    """A kill from outside at an instant, or as soon after it as its victims are born."""

    def __init__(self, whom: str, instant_s: float | None, first: int) -> None:
        self._whom = whom
        self._born: dict[str, int] = {COMMAND: first, WORKER: -first}
        self._at = None if instant_s is None else time.monotonic() + instant_s

    @property
    def in_s(self) -> float | None:
        """In how many seconds it is due; None: never, or not any more."""
        return None if self._at is None else max(0.0, self._at - time.monotonic())

    def hear(self, event: Event) -> None:
        """Learn who has been born."""
        if event["event"] in {FLOW, HELPER}:
            self._born[event["event"]] = event["pid"]

    def strike(self) -> Event | None:
        """Kill; None when a victim is not there yet, or not any more."""
        whom = self._whom.split("+")
        if not set(whom) <= set(self._born):
            self._at = time.monotonic() + SOON_S
            return None
        self._at = None
        try:
            for victim in (self._born[one] for one in whom):
                (os.killpg if victim < 0 else os.kill)(abs(victim), signal.SIGKILL)
        except ProcessLookupError:
            return None
        return {"event": "killed"}


def lines(pipe: int, killing: Killing) -> Iterator[Event]:
    """Give every event until the pipe ends; strike when it is due."""
    rest = b""
    while True:
        ready, _, _ = select.select([pipe], [], [], killing.in_s)
        if not ready:
            struck = killing.strike()
            if struck:
                yield struck
            continue
        read = os.read(pipe, 65536)
        if not read:
            return
        *whole, rest = (rest + read).split(b"\n")
        for line in whole:
            event: Event = json.loads(line)
            killing.hear(event)
            yield event
