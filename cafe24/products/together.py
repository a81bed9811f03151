"""Does several things at once; the first error stops the rest and is the one raised."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

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
    items: Iterable[Item],
    work: Callable[[Item], Awaitable[None]],
    *,
    at_once: Callable[[], int],
) -> None:
    """Await `work` for every item, as many at a time as `at_once` says just then."""
    going: set[asyncio.Task[None]] = set()
    async with together() as group:
        for item in items:
            while len(going) >= at_once():
                _, going = await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
            going.add(group.create_task(_done(work, item)))


async def _done(work: Callable[[Item], Awaitable[None]], item: Item) -> None:
    await work(item)


async def to_its_end(function: Callable[..., Item], *arguments: Any) -> Item:
    """Run the function in a thread, and wait for its end also when cancelled.

    A thread cannot be stopped: what it writes would be there, and counted by nobody.
    """
    running = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _first(failed: BaseExceptionGroup) -> BaseException:
    """Return the error that the others followed from."""
    first = failed.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
