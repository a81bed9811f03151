"""Works for many malls, some at a time, and lets no slow one hold up the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

PATIENCE_S = 2.0
"""A mall that takes longer gives its turn to the next one, and goes on beside it."""

MOST_AT_ONCE = 256
"""Malls that are begun and not ended, the slow ones included."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


async def in_turns(  # noqa: PLR0913 - what may be chosen, each named at the call
    work: Callable[[Item], Awaitable[Answer]],
    items: Iterable[Item],
    *,
    at_once: int,
    patience_s: float = PATIENCE_S,
    most: int = MOST_AT_ONCE,
    begins_in_s: Callable[[Item], float] = lambda _item: 0.0,
) -> list[Answer]:
    """Return what `work` answers for every item, in their order; they begin in that order.

    Args:
        work: for one item. What it raises ends all the others.
        items: for whom.
        at_once: how many work at a time, those that take long not counted.
        patience_s: after how many seconds an item no longer counts.
        most: how many may have begun and not ended, so that memory is bounded.
        begins_in_s: the seconds that an item waits before it asks for a turn.
    """
    turns, seats = asyncio.Semaphore(at_once), asyncio.Semaphore(most)

    async def answer(item: Item) -> Answer:
        if (wait_s := begins_in_s(item)) > 0:
            await asyncio.sleep(wait_s)
        async with seats:
            await turns.acquire()
            turn = _Turn(turns, patience_s)
            try:
                return await work(item)
            finally:
                turn.give_back()

    async with asyncio.TaskGroup() as group:
        answers = [group.create_task(answer(item)) for item in items]
    return [one.result() for one in answers]


class _Turn:
    """A turn that somebody has; it goes back once, at its end or when it takes too long."""

    def __init__(self, turns: asyncio.Semaphore, patience_s: float) -> None:
        self._turns = turns
        self._too_long = asyncio.get_running_loop().call_later(patience_s, self.give_back)
        self._is_back = False

    def give_back(self) -> None:
        self._too_long.cancel()
        if not self._is_back:
            self._is_back = True
            self._turns.release()
