"""Who works when: some at a time, in their order, and a slow one holds nobody up."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

import pytest

from cafe24.fleet.turns import in_turns

NEVER_S = 3600.0
SHORT_S = 0.3


class Works:
    """Work that ends when it is told to, and says who began."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.somebody_began = asyncio.Event()
        self._ends: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def __call__(self, number: int) -> int:
        self.begun.append(number)
        self.somebody_began.set()
        await self._ends[number].wait()
        return number * number

    def end(self, *numbers: int) -> None:
        for number in numbers:
            self._ends[number].set()

    async def has_begun(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.begun) < count:
                self.somebody_began.clear()
                await self.somebody_began.wait()


def told(story: Callable[[Works], Awaitable[None]]) -> None:
    async def tell() -> None:
        await story(Works())

    asyncio.run(tell())


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_so_many_at_a_time_in_their_order_and_the_answers_too() -> None:
    async def story(works: Works) -> None:
        going = asyncio.create_task(in_turns(works, range(5), at_once=2, patience_s=NEVER_S))
        await settled()
        assert works.begun == [0, 1]
        works.end(1)
        await settled()
        assert works.begun == [0, 1, 2]
        works.end(0, 2, 3, 4)
        assert await going == [0, 1, 4, 9, 16]
        assert works.begun == [0, 1, 2, 3, 4]

    told(story)


def test_who_takes_too_long_gives_its_turn_to_the_next_and_goes_on() -> None:
    async def story(works: Works) -> None:
        works.end(1, 2, 3)
        going = asyncio.create_task(in_turns(works, range(4), at_once=1, patience_s=0.01))
        await works.has_begun(4)
        assert not going.done()
        works.end(0)
        assert await going == [0, 1, 4, 9]

    told(story)


def test_a_turn_that_was_given_away_does_not_go_back_again_at_the_end() -> None:
    async def story(works: Works) -> None:
        going = asyncio.create_task(in_turns(works, range(3), at_once=1, patience_s=SHORT_S))
        await works.has_begun(2)
        works.end(0)
        await settled()
        assert works.begun == [0, 1]  # one turn, and it is the second's
        works.end(1, 2)
        assert await going == [0, 1, 4]

    told(story)


def test_an_item_that_begins_later_takes_no_turn_before() -> None:
    async def story(works: Works) -> None:
        works.end(0, 1, 2)
        waits = {0: 0.2, 1: 0.0, 2: -5.0}
        going = in_turns(works, range(3), at_once=1, begins_in_s=waits.__getitem__)
        assert await going == [0, 1, 4]
        assert works.begun == [1, 2, 0]

    told(story)


def test_never_more_have_begun_and_not_ended_than_memory_allows() -> None:
    async def story(works: Works) -> None:
        going = asyncio.create_task(in_turns(works, range(9), at_once=1, patience_s=0.0, most=3))
        await works.has_begun(3)
        await asyncio.sleep(0.05)
        assert works.begun == [0, 1, 2]
        works.end(*range(9))
        assert len(await going) == 9

    told(story)


def test_what_work_raises_ends_the_others() -> None:
    async def story(works: Works) -> None:
        async def broken(number: int) -> int:
            return await works(number) if number else 1 // number

        with pytest.raises(ExceptionGroup) as raised:
            await in_turns(broken, range(3), at_once=3, patience_s=NEVER_S)
        assert raised.group_contains(ZeroDivisionError)

    told(story)
