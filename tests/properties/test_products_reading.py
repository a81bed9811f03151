"""Reading by ranges: every product once, whatever the numbers and whatever happens meanwhile."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cafe24.api.pace import Pace
from cafe24.api.pages import Listing, Page
from cafe24.products.ranges import spans_from
from cafe24.products.reading import Reading
from cafe24.products.tables.cursor import Positions
from tests.small_mall import SmallMall, in_no_time, product

EVERYTHING: Positions = [(0, None)]

number_sets = st.sets(st.integers(1, 400), max_size=120)
seeds = st.integers(0, 2**32)


@pytest.fixture(scope="module", autouse=True)
def _small_figures() -> Iterator[None]:
    """Five products a page, split from ten on: the same code on fewer products."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cafe24.api.pages.PAGE_SIZE", 5)
        patch.setattr("cafe24.products.reading.PAGE_SIZE", 5)
        patch.setattr("cafe24.products.splitting.PAGE_SIZE", 5)
        patch.setattr("cafe24.products.reading.WORTH_SPLITTING", 10)
        patch.setattr(Pace, "in_flight", 4)
        yield


@dataclass
class LivelyMall(SmallMall):
    """Answers after a random while, so that answers overtake each other, and may change meanwhile.

    Attributes:
        chance: decides all that.
        comings_and_goings: how many products come or go while the mall is read.
        touched: their numbers.
    """

    chance: random.Random = field(default_factory=random.Random)
    comings_and_goings: int = 0
    touched: set[int] = field(default_factory=set)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.latency_s = self.chance.random()
        if self.comings_and_goings and self.chance.random() < 0.5:
            self.comings_and_goings -= 1
            number = self.chance.randint(1, 400)
            self.touched.add(number)
            if self.products.pop(number, None) is None:
                self.products[number] = product(number)
        return await super().answer(request)


class Kept:
    """What was committed: pages, and what was left to read behind them."""

    def __init__(self, *, killed_after: int | None = None) -> None:
        self.pages: list[Page] = []
        self.unread = EVERYTHING
        self.read_count = 0
        self._killed_after = killed_after

    def __call__(self, pages: list[Page], unread: Positions, read_count: int) -> None:
        if self._killed_after is not None and len(self.pages) >= self._killed_after:
            raise ConnectionAbortedError
        self.pages += pages
        self.unread, self.read_count = unread, read_count

    @property
    def numbers(self) -> Counter[int]:
        return Counter(one["product_no"] for page in self.pages for one in page.records)


def read(mall: SmallMall, kept: Kept, write: Callable[..., None]) -> None:
    """Read what `kept` says is still unread."""

    async def run() -> None:
        async with mall.api(sleep=asyncio.sleep) as api:
            spans = spans_from(kept.unread)
            counted = len(mall.products)
            reading = Reading(
                api,
                Listing(),
                spans,
                expected=counted,
                read_count=kept.read_count,
                may_split=True,
            )
            await reading.into(write)

    in_no_time(run())


def mall_of(numbers: set[int], seed: int) -> LivelyMall:
    return LivelyMall({no: product(no) for no in numbers}, chance=random.Random(seed))  # noqa: S311 - repeatable  # noqa: S311 - a repeatable mall


@given(numbers=number_sets, seed=seeds)
def test_every_product_is_read_once_and_the_pages_leave_no_gap(
    numbers: set[int], seed: int
) -> None:
    mall, kept = mall_of(numbers, seed), Kept()
    read(mall, kept, kept)
    assert kept.numbers == Counter(numbers)
    ends = sorted((page.since, page.last) for page in kept.pages if page.last > page.since)
    assert [since for since, _ in ends] == [0, *(last for _, last in ends)][: len(ends)]


@given(numbers=number_sets, seed=seeds, killed_after=st.integers(0, 20))
def test_a_read_that_was_killed_is_gone_on_with_and_misses_and_repeats_nothing(
    numbers: set[int], seed: int, killed_after: int
) -> None:
    mall, kept = mall_of(numbers, seed), Kept(killed_after=killed_after)
    try:
        read(mall, kept, kept)
    except ConnectionAbortedError:
        kept._killed_after = None
        read(mall, kept, kept)
    assert kept.numbers == Counter(numbers)


@given(numbers=number_sets, seed=seeds, changes=st.integers(1, 60))
def test_what_stays_in_the_mall_is_read_once_though_others_come_and_go(
    numbers: set[int], seed: int, changes: int
) -> None:
    mall, kept = mall_of(numbers, seed), Kept()
    mall.comings_and_goings = changes
    read(mall, kept, kept)
    assert max(kept.numbers.values(), default=1) == 1
    assert numbers - mall.touched <= kept.numbers.keys()
