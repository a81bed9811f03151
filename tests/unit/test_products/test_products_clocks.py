"""Clocks that are wrong, or that Cafe24 does not tell: nothing that changed is missed."""

from collections import deque
from datetime import UTC, datetime, timedelta

from tests.product_world import World
from tests.small_mall import told

KOREA = timedelta(hours=9)


def dated(world: World, at: datetime) -> None:
    """Let the mall's next count bear this time."""
    count = len(world.mall.products)
    date = at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    world.mall.faults_on["products/count"] = deque([lambda _: told({"count": count}, Date=date)])


def window_start(world: World) -> datetime:
    window = next(q for q in world.mall.asked("products/count") if "updated_start_date" in q)
    return datetime.fromisoformat(window["updated_start_date"]).astimezone(UTC)


def test_a_host_whose_clock_is_ahead_misses_nothing(world: World) -> None:
    world.stock(1)
    dated(world, world.now - timedelta(hours=3))
    cafe24_time = world.now - timedelta(hours=3)
    world.sync()
    world.sync()
    assert window_start(world) < cafe24_time


def test_a_host_whose_clock_is_behind_misses_nothing(world: World) -> None:
    world.stock(1)
    dated(world, world.now + timedelta(hours=3))
    cafe24_time = world.now + timedelta(hours=3)
    world.sync()
    world.sync()
    assert cafe24_time - timedelta(hours=1) < window_start(world) < cafe24_time


def test_where_no_answer_bears_a_time_a_clock_nine_hours_ahead_misses_nothing(
    world: World,
) -> None:
    world.stock(1)
    true_time = world.now - KOREA  # the host takes Korea's time for UTC
    world.sync()
    world.sync()
    assert window_start(world) < true_time


def test_a_sync_dated_far_ahead_was_dated_by_a_wrong_clock_and_everything_is_read(
    world: World,
) -> None:
    world.stock(1)
    dated(world, world.now + timedelta(days=400))
    world.sync()
    report = world.sync()
    assert (report.mode, report.outcome) == ("full", "synced")
    assert report.reason == (
        "the last sync is dated 2027-12-29 03:00 UTC, ahead of this host's clock"
    )
    assert world.sync().mode == "incremental"


def test_a_change_at_the_very_second_of_the_last_sync_lies_in_the_window(world: World) -> None:
    world.stock(1)
    at = world.now.replace(microsecond=0)
    dated(world, at)
    world.sync()
    world.sync()
    window = next(q for q in world.mall.asked("products/count") if "updated_start_date" in q)
    ends = [datetime.fromisoformat(window[f"updated_{end}_date"]) for end in ("start", "end")]
    assert ends[0] < at < ends[1]


def test_a_date_that_is_none_is_as_good_as_none(world: World) -> None:
    world.stock(1)
    answer = told({"count": 1}, Date="yesterday")
    world.mall.faults_on["products/count"] = deque([lambda _: answer])
    assert world.sync().outcome == "synced"
    assert world.sync().mode == "incremental"
