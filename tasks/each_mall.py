"""Does a step for many malls, some at a time; what goes wrong stays the mall's own."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cafe24.errors import CafeError
from cafe24.malls import MallId

AT_ONCE = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a step came to for one mall: a value, or the error that it ended with."""

    mall_id: MallId
    value: T | None = None
    error: CafeError | None = None


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


def _answer(mall: MallId, found: Any) -> Answer[Any]:
    if isinstance(found, CafeError):
        return Answer(mall, error=found)
    if isinstance(found, BaseException):
        # A defect's own words may hold anything; the run's log names the place.
        return Answer(
            mall, error=CafeError(f"An unforeseen {type(found).__name__}: see the run's log.")
        )
    return Answer(mall, value=found)
