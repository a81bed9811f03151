"""The governor: Cafe24's limits are met without one 429, and used up to the brim."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from cafe24.api.pace import Pace
from cafe24.api.pages import Listing
from cafe24.products.ranges import Span
from cafe24.products.reading import Reading
from tests.small_mall import Clock, SmallMall, in_no_time, product, refused


@dataclass
class LimitedMall(SmallMall):
    """A small mall with Cafe24's buckets, on the loop's clock.

    Attributes:
        leaks_by_the_second: two calls leave at each full second, not one every half.
    """

    leaks_by_the_second: bool = False
    levels: dict[str, tuple[float, float]] = field(default_factory=dict)
    last_second: deque[float] = field(default_factory=deque)
    busiest_second: int = 0
    rejected: int = 0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        now = asyncio.get_running_loop().time()
        self._watch(now)
        used = self._fill(request.url.path, now)
        if used > 40:
            self.rejected += 1
            return refused(429, "Too Many Requests", **{"X-Api-Call-Limit": "40/40"})
        response = await super().answer(request)
        response.headers["X-Api-Call-Limit"] = f"{used}/40"
        return response

    def _watch(self, now: float) -> None:
        self.last_second.append(now)
        while self.last_second[0] <= now - 1:
            self.last_second.popleft()
        self.busiest_second = max(self.busiest_second, len(self.last_second))

    def _fill(self, path: str, now: float) -> int:
        level, at = self.levels.get(path, (0.0, now))
        passed = int(now) - int(at) if self.leaks_by_the_second else now - at
        level = max(0.0, level - 2.0 * passed) + 1.0
        if level <= 40:
            self.levels[path] = level, now
        return -int(-level // 1)


def read_all(mall: SmallMall, *, programs: int = 1) -> float:
    """Read the whole mall with each program's own governor; return the seconds it took."""

    async def read() -> None:
        async with mall.api(pace=Pace(clock=asyncio.get_running_loop().time)) as api:
            counted = len(mall.products)
            reading = Reading(api, Listing(), [Span()], expected=counted, may_split=True)
            await reading.into(lambda *_: None)
            assert reading.is_proven

    async def read_by_all() -> float:
        await asyncio.gather(*(read() for _ in range(programs)))
        return asyncio.get_running_loop().time()

    return float(in_no_time(read_by_all()))


def mall_of(count: int, **ways: Any) -> LimitedMall:
    return LimitedMall({3 * n: product(3 * n) for n in range(1, count + 1)}, **ways)


@pytest.mark.parametrize("leaks_by_the_second", [False, True])
def test_twenty_thousand_products_take_what_the_bucket_needs_and_no_429(
    *, leaks_by_the_second: bool
) -> None:
    mall = mall_of(20_000, latency_s=0.02, leaks_by_the_second=leaks_by_the_second)
    took_s = read_all(mall)
    assert mall.rejected == 0
    assert took_s < 1.03 * 80


def test_a_slow_wire_is_made_up_for_by_reading_several_ranges_at_once() -> None:
    mall = mall_of(20_000, latency_s=0.7)
    took_s = read_all(mall)
    assert mall.rejected == 0
    assert took_s < 1.1 * 80  # one call after the other would take 141 seconds


@pytest.mark.parametrize("latency_s", [0.0, 0.02, 0.3])
def test_there_are_never_ten_calls_in_a_second(latency_s: float) -> None:
    mall = mall_of(4_000, latency_s=latency_s)
    read_all(mall)
    assert mall.busiest_second < 10


def test_two_programs_share_the_bucket_because_they_believe_its_level() -> None:
    mall = mall_of(6_000, latency_s=0.05)
    read_all(mall, programs=2)
    assert mall.rejected <= 2


@pytest.fixture
def clock() -> Clock:
    return Clock()


def gap_after(
    clock: Clock,
    headers: dict[str, str],
    *,
    was_rejected: bool = False,
    is_stand_in: bool = False,
    calls: int = 1,
) -> float:
    """Return the seconds that a call is held back after others were answered so, at once."""

    async def call() -> float:
        pace = Pace(clock=clock, sleep=clock.sleep, is_stand_in=is_stand_in)
        for _ in range(calls):
            before = await pace.turn("products")
            pace.hear(before, headers, was_rejected=was_rejected)
        return (await pace.turn("products")).at - before.at

    return asyncio.run(call())


def test_calls_are_spread_to_eight_a_second(clock: Clock) -> None:
    assert gap_after(clock, {"X-Api-Call-Limit": "1/40"}) == pytest.approx(0.125)


def test_a_blocked_mall_is_left_alone_for_the_seconds_it_says(clock: Clock) -> None:
    told = {"X-Cafe24-Call-Usage": "120.04", "X-Cafe24-Call-Remain": "32"}
    assert gap_after(clock, told) == pytest.approx(32)


def test_the_longer_of_two_blocks_counts(clock: Clock) -> None:
    told = {"X-Cafe24-Call-Remain": "3", "X-Cafe24-Time-Remain": "7"}
    assert gap_after(clock, told) == pytest.approx(7)


def test_calls_are_eased_before_a_quota_is_used_up(clock: Clock) -> None:
    assert gap_after(clock, {"X-Cafe24-Time-Usage": "79.9"}, calls=2) == pytest.approx(0.125)
    assert gap_after(clock, {"X-Cafe24-Time-Usage": "95"}, calls=2) > 1.0


def test_a_full_bucket_is_waited_for(clock: Clock) -> None:
    assert gap_after(clock, {"X-Api-Call-Limit": "40/40"}) >= 0.5


def test_after_a_429_the_bucket_counts_as_full(clock: Clock) -> None:
    assert gap_after(clock, {}, was_rejected=True) >= 1.0


def test_a_stand_in_without_limits_is_not_held_to_cafe24s(clock: Clock) -> None:
    assert gap_after(clock, {}, is_stand_in=True, calls=50) == 0.0


def test_a_stand_in_that_names_limits_is_held_to_them(clock: Clock) -> None:
    told = {"X-Api-Call-Limit": "1/40"}
    assert gap_after(clock, told, is_stand_in=True) == pytest.approx(0.125)


def test_cafe24_itself_is_never_taken_for_unlimited(clock: Clock) -> None:
    assert gap_after(clock, {}) == pytest.approx(0.125)
    assert gap_after(clock, {}, calls=60) == pytest.approx(0.5)


@pytest.mark.parametrize("nonsense", ["", "soon", "nan", "inf", "-5", "8/", "/40", "8/soon"])
def test_a_header_that_is_no_number_is_no_wait(clock: Clock, nonsense: str) -> None:
    told = {"X-Cafe24-Call-Remain": nonsense, "X-Api-Call-Limit": nonsense}
    assert gap_after(clock, told) == pytest.approx(0.125)


def test_more_calls_are_in_flight_the_slower_the_answers_come(clock: Clock) -> None:
    async def in_flight_at(latency_s: float) -> int:
        pace = Pace(clock=clock, sleep=clock.sleep)
        for _ in range(30):
            turn = await pace.turn("products")
            await clock.sleep(latency_s)
            pace.hear(turn, {"X-Api-Call-Limit": "1/40"})
        return pace.in_flight

    found = [asyncio.run(in_flight_at(latency_s)) for latency_s in (0.01, 0.7, 2.0, 60.0)]
    assert found == sorted(found)
    assert found[0] == 2
    assert found[-1] == 8


def test_waits_at_the_same_time_count_once(clock: Clock) -> None:
    pace = Pace(clock=clock, sleep=clock.sleep)
    pace.note_wait(2.0)
    pace.note_wait(3.0)
    clock.now += 10.0
    pace.note_wait(1.0)
    assert pace.waited_s == pytest.approx(4.0)


def test_what_was_waited_is_told(clock: Clock) -> None:
    async def waited() -> float:
        pace = Pace(clock=clock, sleep=clock.sleep)
        pace.hear(await pace.turn("products"), {"X-Cafe24-Call-Remain": "10"})
        await pace.turn("products")
        return pace.waited_s

    assert asyncio.run(waited()) == pytest.approx(10)
