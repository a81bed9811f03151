"""The processes of one case: forked from the warm worker, heard through one pipe.

Who holds the token is the command line's process, or the helper of a flow. The helper
is the product's own, `cafe24.tokens.helper.__main__`, in a session of its own; only its
interpreter is forked and not started, because a start takes half a second.
"""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

from cafe24.errors import CafeError
from cafe24.tokens.helper import __main__ as helper_program
from cafe24.tokens.helper.client import DistantKeeper
from cafe24.tokens.need import Need
from cafe24.tokens.outcome import Refresh
from tests.faults.forks import ForkedProcess, forked
from tests.faults.killing import BOTH, COMMAND, FLOW, HELPER, WORKER, Event, Killing, lines
from tests.faults.shop import Shop
from tests.faults.steps import Step, Watch

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
    killing = Killing(plan.whom, plan.instant_s, first)
    with os.fdopen(hearing, "rb") as pipe:
        for event in lines(pipe.fileno(), killing):
            events.append(event)
            heard(event)
    os.waitpid(first, 0)
    return events


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

    class ForkedHelper(ForkedProcess):
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
