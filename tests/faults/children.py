"""The processes of one case: forked from the warm worker, heard through one pipe.

Who holds the token is the command line's process, or the helper of a flow. The helper
is the product's own, `cafe24.tokens.helper.__main__`, in a session of its own; only its
interpreter is forked and not started, because a start takes half a second.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from cafe24.errors import CafeError
from cafe24.tokens.helper import __main__ as helper_program
from cafe24.tokens.helper.client import DistantKeeper
from cafe24.tokens.need import Need
from cafe24.tokens.outcome import Refresh
from tests.faults.shop import Shop
from tests.faults.steps import Step, Watch

COMMAND, HELPER, FLOW, BOTH, WORKER = "command", "helper", "flow", "flow+helper", "worker"
VICTIMS = (COMMAND, HELPER, FLOW, BOTH, WORKER)
GRANTER_SURVIVES = (FLOW, WORKER)

SOON_S = 0.002

Event = dict[str, Any]
Prepare = Callable[[Watch], None]


@dataclass(frozen=True)
class Plan:
    """Who asks for a refresh, and who is killed when.

    Attributes:
        whom: who dies: `command`, `helper`, `flow`, `flow+helper`, `worker`.
        step: at which of the granting process's steps; or
        instant_s: how long after the start; neither: nobody dies.
        prepare: what is done to the granting process first: a clock, a full disk.
        known: what the ledger knows.
    """

    whom: str
    step: Step | None = None
    instant_s: float | None = None
    prepare: Prepare = lambda _watch: None
    known: dict[str, int] = field(default_factory=dict)
    need: Need = field(default_factory=lambda: Need(max_age=None))


def run(shop: Shop, plan: Plan, heard: Callable[[Event], None]) -> list[Event]:
    """Run the case's processes until the last of them has ended; return all events."""
    hearing, telling = os.pipe()
    start = _command if plan.whom == COMMAND else _worker
    first = forked(lambda: start(shop, plan, Watch(telling)), leads=True)
    os.close(telling)
    events: list[Event] = []
    killing = _Killing(plan, first)
    with os.fdopen(hearing, "rb") as pipe:
        for event in _lines(pipe.fileno(), killing):
            events.append(event)
            heard(event)
    os.waitpid(first, 0)
    return events


class _Killing:
    """A kill from outside at an instant, or as soon after it as its victims are born."""

    def __init__(self, plan: Plan, first: int) -> None:
        self._whom = plan.whom
        self._born: dict[str, int] = {COMMAND: first, WORKER: -first}
        self._at = None if plan.instant_s is None else time.monotonic() + plan.instant_s

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


def _lines(pipe: int, killing: _Killing) -> Iterator[Event]:
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


def forked(body: Callable[[], None], *, leads: bool = False) -> int:
    """Fork; the child does `body` and ends."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        if leads:
            os.setpgid(0, 0)
        _quiet()
        body()
        status = 0
    finally:
        os._exit(status)


def _quiet() -> None:
    """What the keeper warns of is expected here; what it answers goes through the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _command(shop: Shop, plan: Plan, watch: Watch) -> None:
    watch.deadly, watch.victims = plan.step, (os.getpid(),)
    plan.prepare(watch)
    watch.install()
    keeper = shop.configuration.keeper(known=lambda _mall: plan.known)
    _answer(watch, lambda: keeper.refresh(shop.mall, plan.need))
    keeper.close()


def _worker(shop: Shop, plan: Plan, watch: Watch) -> None:
    """A Prefect worker, as far as it matters: the flow's parent, and of its process group."""
    flow = forked(lambda: _flow(shop, plan, watch))
    os.waitpid(flow, 0)


def _flow(shop: Shop, plan: Plan, watch: Watch) -> None:
    watch.tell("flow")
    flow, group = os.getpid(), os.getpgrp()

    class ForkedHelper(_ForkedProcess):
        def serve(self) -> None:
            me = os.getpid()
            victims = {HELPER: (me,), FLOW: (flow,), WORKER: (-group,), BOTH: (flow, me)}
            watch.deadly, watch.victims = plan.step, victims[plan.whom]
            plan.prepare(watch)
            watch.install()
            watch.tell("helper")
            helper_program.main()

    subprocess.Popen = ForkedHelper  # type: ignore[misc,assignment]
    keeper = DistantKeeper(shop.configuration, lambda _record: None, lambda _mall: plan.known)
    _answer(watch, lambda: keeper.refresh(shop.mall, plan.need))
    keeper.close()


def _answer(watch: Watch, ask: Callable[[], Refresh]) -> None:
    """Tell what the caller was told: a result, one of our errors, or a defect."""
    try:
        refresh = ask()
    except CafeError as error:
        watch.tell("refused", error=type(error).__name__, said=str(error))
    except BaseException as defect:
        watch.tell("defect", error=repr(defect))
        raise
    else:
        watch.tell("answered", outcome=refresh.outcome, generation=refresh.grant.generation)


class _ForkedProcess:
    """As much of `subprocess.Popen` as the client of the helper uses, by a fork."""

    def __init__(
        self, _command: list[str], *, start_new_session: bool = False, **_how: Any
    ) -> None:
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self.returncode: int | None = None
        self._has_own_session = start_new_session
        self.pid = forked(lambda: self._become(theirs_in, theirs_out, (ours_in, ours_out)))
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin, self.stdout = os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb")

    def serve(self) -> None:
        """What the child does."""
        raise NotImplementedError

    def poll(self) -> int | None:
        """Return how it ended, if it has."""
        with contextlib.suppress(ChildProcessError):
            if self.returncode is None and os.waitpid(self.pid, os.WNOHANG)[0]:
                self.returncode = 0
        return self.returncode

    def wait(self) -> None:
        """Wait until it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self.returncode = 0

    def _become(self, requests: int, answers: int, others: tuple[int, int]) -> NoReturn:
        if self._has_own_session:
            os.setsid()
        for other in others:
            os.close(other)
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
        self.serve()
        os._exit(0)
