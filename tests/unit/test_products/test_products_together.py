"""Several things at once: as many as is said at that moment, and the first error is raised."""

import asyncio
import threading

import pytest

from cafe24.products.together import for_each, to_its_end
from tests.small_mall import in_no_time


def busiest(*, items: int, at_once: list[int]) -> list[int]:
    """Return how many went on when each began; how many may is taken from the list in turn."""
    going, seen = 0, []

    async def work(item: int) -> None:
        nonlocal going
        going += 1
        seen.append(going)
        await asyncio.sleep(1 + item / 100)
        going -= 1

    async def run() -> None:
        await for_each(range(items), work, at_once=lambda: at_once[min(len(seen), items - 1)])

    in_no_time(run())
    return seen


def test_no_more_go_on_at_once_than_is_said() -> None:
    assert max(busiest(items=20, at_once=[3] * 20)) == 3


def test_more_go_on_at_once_as_soon_as_more_may() -> None:
    seen = busiest(items=20, at_once=[1] * 5 + [4] * 15)
    assert max(seen[:5]) == 1
    assert max(seen[6:]) == 4


def test_an_error_stops_the_others_and_is_the_one_raised() -> None:
    done: list[int] = []

    async def work(item: int) -> None:
        await asyncio.sleep(item)
        if item == 2:
            raise ConnectionAbortedError
        done.append(item)

    with pytest.raises(ConnectionAbortedError):
        in_no_time(for_each(range(1, 6), work, at_once=lambda: 9))
    assert done == [1]


def test_what_a_thread_has_begun_is_waited_for_also_when_cancelled() -> None:
    has_begun, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        has_begun.set()
        may_end.wait(20)
        done.set()

    async def run() -> None:
        task = asyncio.create_task(to_its_end(work))
        await asyncio.to_thread(has_begun.wait, 20)
        task.cancel()
        asyncio.get_running_loop().call_later(0.01, may_end.set)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert done.is_set()

    asyncio.run(run())
