"""Details: a budget of calls a run, kept across runs, whatever ends them."""

import pytest

from cafe24.errors import Cafe24Away
from tests.product_world import World
from tests.small_mall import refused

READ = "SELECT product_no FROM product WHERE detail_seen_at IS NOT NULL ORDER BY 1"


def read(world: World) -> list[int]:
    return [number for (number,) in world.rows(READ)]


def asked(world: World) -> list[int]:
    """Return the products whose detail was asked for, in order."""
    paths = [path.removeprefix("products/") for path, _ in world.mall.calls]
    return [int(path) for path in paths if path.isdecimal()]


def test_zero_calls_are_none_and_say_nothing(world: World) -> None:
    world.stock(1, 2)
    report = world.sync(detail_calls=0)
    assert (report.details, asked(world)) == (0, [])
    assert "details" not in report.reason


def test_what_is_left_is_told_until_nothing_is(world: World) -> None:
    world.stock(*range(1, 6))
    first = world.sync(detail_calls=3)
    assert first.reason.endswith("; details of 2 products are left to the next runs")
    assert (world.sync(detail_calls=3).details, read(world)) == (3, [1, 2, 3, 4, 5])
    assert "details" not in world.sync(detail_calls=3).reason


def test_a_run_interrupted_among_the_details_is_gone_on_with_by_the_next(world: World) -> None:
    world.stock(*range(1, 8))
    # two counts, a page, the empty window; then two details, and the mall is away
    world.mall.faults.extend([None] * 6 + [lambda _: refused(503)] * 20)
    with pytest.raises(Cafe24Away):
        world.sync(detail_calls=5)
    world.mall.faults.clear()
    before = read(world)
    assert before
    outcome, details, stored = world.one("SELECT outcome, details, stored FROM sync_run")
    assert (outcome, details, stored) == ("failed", len(before), 7)
    report = world.sync(detail_calls=5)
    assert (report.mode, report.outcome, report.details) == ("incremental", "synced", 5)
    assert set(asked(world)).isdisjoint(before)
    assert set(asked(world)) | set(before) == set(range(1, 8))


def test_one_that_stays_unfit_does_not_hold_up_the_others(world: World) -> None:
    world.stock(*range(1, 5))
    world.stock(1, has_option="perhaps")
    world.sync(detail_calls=2)
    world.sync(detail_calls=2)
    assert read(world) == [1, 2, 3, 4]


def test_a_product_whose_detail_is_gone_is_counted_as_deleted(world: World) -> None:
    world.stock(*range(1, 6))
    world.mall.faults.extend([None] * 4 + [lambda _: refused(404, "No product found.")])
    report = world.sync(detail_calls=1)
    assert (report.details, report.deleted) == (1, 1)
    assert world.one("SELECT deleted FROM sync_run") == 1


def test_what_changed_since_comes_before_what_is_only_old(world: World) -> None:
    world.stock(*range(1, 4))
    world.sync(detail_calls=3)
    world.change(3, price="1.00")
    world.sync(detail_calls=1)
    assert asked(world) == [3]
