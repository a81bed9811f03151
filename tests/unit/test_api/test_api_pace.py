"""The governor: what it believes, and how long it then holds a call back."""

import asyncio

import pytest

from cafe24.api.pace import Pace
from tests.small_mall import Clock, in_no_time


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


def test_a_stand_in_whose_limit_cannot_be_felt_is_not_held_to_cafe24s(clock: Clock) -> None:
    told = {"X-Api-Call-Limit": "1/1000000"}
    assert gap_after(clock, told, is_stand_in=True, calls=50) == 0.0


def test_cafe24s_own_host_keeps_the_gap_whatever_limit_it_names(clock: Clock) -> None:
    assert gap_after(clock, {"X-Api-Call-Limit": "1/1000000"}) == pytest.approx(0.125)


def test_a_blocked_mall_is_called_by_nobody_until_the_told_seconds_are_over() -> None:
    async def leaving_times() -> list[float]:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time)
        told = await pace.turn("products")
        pace.hear(told, {"X-Cafe24-Call-Usage": "120.04", "X-Cafe24-Call-Remain": "32"})
        endpoints = ["products", "products/count", "products", "products/{product_no}"]
        turns = await asyncio.gather(*(pace.turn(endpoint) for endpoint in endpoints))
        assert pace.waited_s < 32 + 10  # the eased gaps behind it, but the block only once
        return [turn.at - told.at for turn in turns]

    assert min(in_no_time(leaving_times())) == pytest.approx(32)


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
