"""Does a step for many malls, some at a time; what goes wrong stays the mall's own."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar, overload

from prefect.logging import get_run_logger

from cafe24.errors import CafeError
from cafe24.fleet.fan_out import Claim
from cafe24.fleet.turns import in_turns
from cafe24.malls import MallId
from tasks.patience import patiently

AT_ONCE = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a step came to for one mall: a value, or the error that it ended with."""

    mall_id: MallId
    value: T | None = None
    error: CafeError | None = None


class Answers(Sequence[Answer[T]]):
    """A shard's answers. Prefect looks through a list for futures at each step that takes it.

    For five thousand answers that is 0.4 s; into what is no collection to it, it does not look.
    """

    def __init__(self, answers: Sequence[Answer[T]]) -> None:
        self._answers = answers

    @overload
    def __getitem__(self, index: int) -> Answer[T]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Answer[T]]: ...
    def __getitem__(self, index: int | slice) -> Answer[T] | Sequence[Answer[T]]:
        return self._answers[index]

    def __len__(self) -> int:
        return len(self._answers)


async def each_mall(
    step: Callable[..., Coroutine[Any, Any, T]], malls: Sequence[MallId], **parameters: Any
) -> list[Answer[T]]:
    """Return the step's answer for every mall, in their order.

    Args:
        step: a task whose first parameter is `mall_id`.
        malls: for whom.
        parameters: its other parameters.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def answer(mall: MallId) -> Answer[T]:
        async with turns:
            # A task's `return_state`, which turns its value into a state, is not in its type.
            state: Any = await step(mall, return_state=True, **parameters)
        return _answer(mall, await state.aresult(raise_on_failure=False))

    return list(await asyncio.gather(*(answer(mall) for mall in malls)))


async def each_in_turn(
    work: Callable[[MallId], Awaitable[T]], claim: Claim, *, at_once: int
) -> Answers[T]:
    """Return the answer for every mall of a shard, in their order.

    The malls are no steps of their own, and a slow one does not hold up the others. Each
    begins at its time; those whose time has passed begin now, in their order.

    Args:
        work: for one mall; tried again as a step would be.
        claim: the shard's malls.
        at_once: how many at a time.
    """
    now = datetime.now(UTC)

    async def answer(mall: MallId) -> Answer[T]:
        try:
            return _answer(mall, await patiently(partial(work, mall)))
        except CafeError as failure:
            return _answer(mall, failure)
        except Exception as defect:  # noqa: BLE001 - one mall's defect must not end the others
            get_run_logger().exception("%s: unforeseen.", mall)
            return _answer(mall, defect)

    return Answers(
        await in_turns(
            answer,
            claim.mall_ids,
            at_once=at_once,
            begins_in_s=lambda mall: (claim.begins_at(mall) - now).total_seconds(),
        )
    )


def _answer(mall: MallId, found: Any) -> Answer[Any]:
    if isinstance(found, CafeError):
        return Answer(mall, error=found)
    if isinstance(found, BaseException):
        # A defect's own words may hold anything; the run's log names the place.
        return Answer(
            mall, error=CafeError(f"An unforeseen {type(found).__name__}: see the run's log.")
        )
    return Answer(mall, value=found)
