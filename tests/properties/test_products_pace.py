"""Reading at the limit's speed: never a 429, never ten calls a second, no second more than needed.

Two calls leave the bucket each second and forty fit in, so n pages need (n - 40) / 2 seconds.
"""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.limited_mall import mall_of, read_all

TWENTY_THOUSAND_S = 80.0
TWO_PERCENT = 1.02

A_MILLION_ON = 10_000_000


def scattered(count: int) -> list[int]:
    return sorted(random.Random(24).sample(range(1, 5 * count), count))  # noqa: S311 - repeatable


NUMBERS = {
    "dense": list(range(1, 20_001)),
    "every third": list(range(3, 60_001, 3)),
    "scattered": scattered(20_000),
    "nearly all high": [*range(1, 101), *range(A_MILLION_ON, A_MILLION_ON + 19_900)],
    "nearly all low": [*range(1, 19_901), *range(A_MILLION_ON, A_MILLION_ON + 100)],
}


@pytest.mark.parametrize("leaks_by_the_second", [False, True])
@pytest.mark.parametrize("latency_s", [0.0, 0.02, 0.2])
@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS.keys())
def test_twenty_thousand_products_take_eighty_seconds_and_two_percent(
    numbers: list[int], latency_s: float, *, leaks_by_the_second: bool
) -> None:
    mall = mall_of(numbers, latency_s=latency_s, leaks_by_the_second=leaks_by_the_second)
    took_s = read_all(mall)
    assert took_s <= TWO_PERCENT * TWENTY_THOUSAND_S
    assert len(mall.asked("products")) == 200
    assert mall.rejected == 0
    assert mall.busiest_second < 10


@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS.keys())
def test_a_slow_wire_is_made_up_for_by_reading_several_ranges_at_once(numbers: list[int]) -> None:
    mall = mall_of(numbers, latency_s=0.7)
    took_s = read_all(mall)
    assert took_s <= TWO_PERCENT * (TWENTY_THOUSAND_S + 0.7)  # the last answer takes its time
    assert len(mall.asked("products")) <= 201
    assert mall.rejected == 0


def test_a_count_that_ignores_numbers_is_no_reason_to_stop_short() -> None:
    mall = mall_of(NUMBERS["every third"], latency_s=0.7, counts_numbers=False)
    took_s = read_all(mall)
    assert took_s < 1.1 * TWENTY_THOUSAND_S  # one call after the other would take 140 seconds
    assert mall.rejected == 0


wires = st.fixed_dictionaries(
    {
        "latency_s": st.floats(0.0, 2.0),
        "jitter": st.floats(0.0, 0.5),
        "before": st.floats(0.0, 1.0),
        "leaks_by_the_second": st.booleans(),
    }
)


@settings(max_examples=60, deadline=None)
@given(wire=wires, seed=st.integers(0, 2**32), count=st.integers(0, 9_000))
def test_whatever_the_wire_does_one_program_meets_no_429_and_stays_below_ten_calls_a_second(
    wire: dict[str, Any], seed: int, count: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable
    numbers = sorted(chance.sample(range(1, 10 * count + 2), count))
    mall = mall_of(numbers, chance=chance, **wire)
    read_all(mall)
    assert mall.rejected == 0
    assert mall.busiest_second < 10


@pytest.mark.parametrize("programs", [2, 3])
@pytest.mark.parametrize("latency_s", [0.02, 0.2, 0.7])
@pytest.mark.parametrize("leaks_by_the_second", [False, True])
def test_several_programs_share_the_bucket_and_use_it_up(
    programs: int, latency_s: float, *, leaks_by_the_second: bool
) -> None:
    mall = mall_of(
        NUMBERS["dense"][:10_000],
        latency_s=latency_s,
        leaks_by_the_second=leaks_by_the_second,
        jitter=0.1,
    )
    took_s = read_all(mall, programs=programs)
    assert mall.rejected == 0
    assert took_s < 1.1 * (programs * 100 - 40) / 2
