"""How a fleet is cut: the same mall at the same place for ever, the nearest to its end first."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cafe24.fleet.shards import NEAR_ITS_END, SLICE, Shard, place_of, shards_of
from cafe24.malls import MallId

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SOON, LATER = NOW + timedelta(days=1), NOW + timedelta(days=9)
SPREAD = timedelta(hours=6)

malls = st.sets(st.from_regex(r"[a-z][a-z0-9]{1,8}", fullmatch=True), max_size=60).map(
    lambda names: [MallId(name) for name in sorted(names)]
)


def fleet(count: int) -> list[MallId]:
    return [MallId(f"invented{number:05}") for number in range(count)]


def cut(
    some: list[MallId], ends: Mapping[MallId, datetime] | None = None, size: int = 10
) -> list[Shard]:
    return shards_of(some, ends or {}, NOW, size=size, spread=SPREAD)


@given(some=malls, near=st.integers(0, 60), size=st.integers(1, 20))
def test_every_mall_is_in_exactly_one_shard_and_none_is_empty(
    some: list[MallId], near: int, size: int
) -> None:
    shards = cut(some, dict.fromkeys(some[:near], SOON), size)
    assert sorted(mall for shard in shards for mall in shard.mall_ids) == some
    assert all(shard.mall_ids for shard in shards)
    assert [shard.number for shard in shards] == list(range(1, len(shards) + 1))
    assert all(timedelta() <= shard.due_after < SPREAD for shard in shards)


def test_a_malls_place_never_changes() -> None:
    # Written down: with another hash every mall's hour of the day would jump.
    assert place_of(MallId("samplemall")) == pytest.approx(0.2868, abs=1e-4)


def test_shards_are_of_about_their_size_and_due_evenly_over_the_spread() -> None:
    shards = cut(fleet(20_000), size=500)
    assert len(shards) == 40
    assert all(400 < len(shard.mall_ids) < 600 for shard in shards)
    assert [shard.due_after for shard in shards] == [SPREAD * turn / 40 for turn in range(40)]


def test_no_run_waits_through_more_than_a_slice_of_the_spread() -> None:
    shards = cut(fleet(1000), size=2000)
    assert [shard.due_after for shard in shards] == [SLICE * turn for turn in range(24)]


def test_each_mall_is_in_the_shard_in_whose_time_its_place_lies() -> None:
    width = SPREAD / 40
    for shard in cut(fleet(20_000), size=500):
        begins = [shard.spread * place_of(mall) - shard.due_after for mall in shard.mall_ids]
        assert all(timedelta() <= after < width for after in begins)


def test_malls_near_their_end_are_due_at_once_ahead_of_the_others_the_nearest_first() -> None:
    some = fleet(100)
    ends = {mall: NOW + NEAR_ITS_END + timedelta(hours=1) for mall in some}
    ends |= {some[70]: NOW + timedelta(hours=2), some[30]: NOW + timedelta(hours=1)}
    first, *others = cut(some, ends)
    assert first.mall_ids == (some[30], some[70])
    assert (first.due_after, first.spread) == (timedelta(), timedelta())
    assert max(shard.due_after for shard in others) > timedelta(hours=5)


def test_a_mall_whose_end_nobody_knows_comes_first_in_its_shard_and_is_spread() -> None:
    some = fleet(40)
    ends = dict.fromkeys(some[1:], LATER)
    shards = shards_of(some, ends, NOW, size=10, spread=timedelta(minutes=1))
    [shard] = [shard for shard in shards if some[0] in shard.mall_ids]
    assert shard.mall_ids[0] == some[0]


def test_without_a_spread_all_are_due_at_once() -> None:
    shards = shards_of(fleet(100), {}, NOW, size=10, spread=timedelta())
    assert {(shard.due_after, shard.spread) for shard in shards} == {(timedelta(), timedelta())}
