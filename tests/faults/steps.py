"""Watches the steps of a keeper from outside: tells of each, and kills at one.

Nothing in the product knows: the process under test wraps the product's methods after
its fork. What it tells goes into a pipe by one `write` a line, which a SIGKILL can only
follow, never lose.
"""

import functools
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from requests.adapters import HTTPAdapter

from cafe24.boottime import boottime
from cafe24.tokens import request
from cafe24.tokens.answer import Granted
from cafe24.tokens.apps import Apps
from cafe24.tokens.drain import Drain
from cafe24.tokens.endpoint import TokenEndpoint
from cafe24.tokens.grant import Granter
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.publication import Publication
from cafe24.tokens.request import Requests
from cafe24.tokens.safekeeping import Safekeeping
from cafe24.tokens.spill import Spill, SpillFolder
from cafe24.tokens.store import TokenStore
from cafe24.vault.session import VaultSession

WATCHED: tuple[tuple[Any, str], ...] = (
    (Apps, "of"),
    (Drain, "_home"),
    (Granter, "_kept"),
    (Granter, "_tell"),
    (HTTPAdapter, "send"),
    (Keeper, "_leave_open"),
    (Publication, "mend"),
    (Safekeeping, "save"),
    (Spill, "remove"),
    (Spill, "reserve"),
    (Spill, "seal"),
    (SpillFolder, "prepare"),
    (SpillFolder, "set_aside"),
    (TokenEndpoint, "refresh"),
    (TokenStore, "describe_mall"),
    (TokenStore, "mall"),
    (TokenStore, "publish_access"),
    (TokenStore, "quarantine"),
    (TokenStore, "write_mall"),
    (VaultSession, "outlive"),
    (request, "_read"),
    (os, "fsync"),
    (os, "ftruncate"),
    (os, "posix_fallocate"),
    (os, "pwrite"),
)

_ON_THE_WIRE = {
    "http11.send_request_headers.started": "leaves",
    "http11.send_request_body.complete": "sent",
    "http11.receive_response_headers.complete": "answering",
}

_DURABLE = {"TokenStore.write_mall", "Spill.seal", "TokenStore.quarantine"}


@dataclass(frozen=True)
class Step:
    """One step: the n-th time that a method is entered or left."""

    name: str
    when: str
    nth: int

    def __str__(self) -> str:
        return f"{self.when} {self.name} #{self.nth}"


@dataclass
class Watch:
    """Tells of each step; at `deadly` it kills `victims`, the watched process last."""

    telling: int
    deadly: Step | None = None
    victims: tuple[int, ...] = ()
    then: Callable[[str, str], None] = lambda _name, _when: None
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _has_answer: bool = False

    def tell(self, event: str, **more: Any) -> None:
        """Write one event into the pipe."""
        line = {"event": event, "at": boottime(), "pid": os.getpid(), **more}
        os.write(self.telling, json.dumps(line).encode() + b"\n")

    def passes(self, name: str, when: str) -> None:
        """A step is passed: tell, and kill if it is the deadly one."""
        with self._counting:
            self._seen[name, when] += 1
            step = Step(name, when, self._seen[name, when])
        if step == self.deadly:
            self.tell("killed", victims=len(self.victims))
            for victim in self.victims:
                (os.killpg if victim < 0 else os.kill)(abs(victim), signal.SIGKILL)
        self.tell("step", name=name, when=when, nth=step.nth)
        self.then(name, when)

    def returned(self, name: str, result: Any) -> None:
        """Tell what a step's result means for the token."""
        if isinstance(result, Granted):
            self._has_answer = True
        elif self._has_answer and name in _DURABLE:
            self._has_answer = False
            self.tell("durable", by=name)

    def install(self) -> None:
        """Wrap the product's methods in this process."""
        for owner, name in WATCHED:
            setattr(owner, name, self._watched(getattr(owner, name), _label(owner, name)))
        self._watch_the_wire()

    def _watched(self, original: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(original)
        def watched(*given: Any, **named: Any) -> Any:
            self.passes(name, "before")
            result = original(*given, **named)
            self.returned(name, result)
            self.passes(name, "after")
            return result

        return watched

    def _watch_the_wire(self) -> None:
        original: Any = Requests._answer

        def answer(us: Any, *asked: Any) -> Any:
            *form, trace, is_stopping = asked

            def traced(step: str, info: Mapping[str, Any]) -> None:
                trace(step, info)
                if step in _ON_THE_WIRE:
                    self.passes(_ON_THE_WIRE[step], "at")

            return original(us, *form, traced, is_stopping)

        Requests._answer = answer  # type: ignore[method-assign,assignment]


def _label(owner: Any, name: str) -> str:
    return f"{getattr(owner, '__qualname__', owner.__name__)}.{name}"
