"""Does several things at once; the first error stops the rest and is the one raised."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


@contextlib.asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """Open a task group that raises its first error itself, not a group around it."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failed:
        raise _first(failed) from None


async def for_each(
    items: Iterable[Item], work: Callable[[Item], Awaitable[None]], *, at_once: int
) -> None:
    """Await `work` for every item, `at_once` of them at a time."""
    waiting = iter(items)
    async with together() as group:
        for _ in range(at_once):
            group.create_task(_take_turns(waiting, work))


async def _take_turns(waiting: Iterator[Item], work: Callable[[Item], Awaitable[None]]) -> None:
    for item in waiting:
        await work(item)


def _first(failed: BaseExceptionGroup) -> BaseException:
    """Return the error that the others followed from."""
    first = failed.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
