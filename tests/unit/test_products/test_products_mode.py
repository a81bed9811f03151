"""What a sync decides to read, and the reason it gives."""

from datetime import UTC, datetime, timedelta

import pytest

from cafe24.products.mode import AHEAD, FULL_EVERY, OVERLAP, WantedMode, changes_since, plan_sync
from cafe24.products.tables.cursor import Progress, Unfinished

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
SYNCED = Progress(synced_until=YESTERDAY, full_at=YESTERDAY)
OLD = Progress(synced_until=YESTERDAY, full_at=NOW - timedelta(days=8))
DOUBTED = Progress(YESTERDAY, YESTERDAY, wants_full="the mall counts 3 products where 2 are held")


def interrupted(ago: timedelta) -> Progress:
    return Progress(YESTERDAY, YESTERDAY, None, Unfinished([(700, None)], NOW - ago, 700))


@pytest.mark.parametrize(
    ("wanted", "progress", "mode", "reason"),
    [
        ("auto", Progress(), "full", "no full read had ended before"),
        ("incremental", Progress(), "full", "no full read had ended before"),
        ("auto", SYNCED, "incremental", "changes since 2026-11-23 05:00 UTC"),
        ("full", SYNCED, "full", "asked for"),
        ("auto", OLD, "full", "the last full read ended 8 days ago"),
        ("incremental", OLD, "incremental", "changes since"),
        ("auto", DOUBTED, "full", "the mall counts 3 products where 2 are held"),
        ("incremental", DOUBTED, "incremental", "changes since"),
    ],
)
def test_the_plan_and_its_reason(
    wanted: WantedMode, progress: Progress, mode: str, reason: str
) -> None:
    plan = plan_sync(wanted, progress, NOW)
    assert plan.mode == mode
    assert plan.reason.startswith(reason)
    assert not plan.resumes


def test_an_interrupted_full_read_is_gone_on_with() -> None:
    plan = plan_sync("auto", interrupted(timedelta(hours=3)), NOW)
    assert (plan.mode, plan.resumes) == ("full", True)
    assert "interrupted" in plan.reason


def test_a_full_read_that_was_asked_for_begins_anew() -> None:
    assert not plan_sync("full", interrupted(timedelta(hours=3)), NOW).resumes


def test_one_interrupted_long_ago_is_begun_anew() -> None:
    plan = plan_sync("auto", interrupted(timedelta(days=2)), NOW)
    assert (plan.mode, plan.resumes) == ("full", False)


def test_the_very_first_read_is_gone_on_with_too() -> None:
    unfinished = Unfinished([(700, None)], NOW, 700)
    assert plan_sync("auto", Progress(unfinished=unfinished), NOW).resumes


def test_the_window_holds_changes_of_a_shop_whose_clock_is_two_weeks_ahead() -> None:
    start, end = changes_since(NOW - FULL_EVERY - OVERLAP, NOW)
    assert end > NOW + timedelta(days=15)
    assert end - start < timedelta(days=89)  # three months, the shortest there are


def test_a_windows_ends_are_never_equal() -> None:
    for since in (YESTERDAY, NOW, NOW + timedelta(days=30)):
        start, end = changes_since(since, NOW)
        assert start == since
        assert end - max(since, NOW) == AHEAD
