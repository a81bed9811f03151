"""The status fits a terminal of 80 columns, and no mall id and no time is cut short."""

from datetime import UTC, datetime, timedelta

import pytest

from cafe24.malls import MallId
from cafe24.overview import MallOverview
from cafe24.tokens.graded import Grade, GradedCredential
from cli.status_table import distance, print_status

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(seconds=-20), "now"),
        (timedelta(minutes=-3, seconds=-1), "3 min ago"),
        (timedelta(hours=-30), "1 d ago"),
        (timedelta(hours=5, minutes=59), "in 5 h"),
        (timedelta(days=6), "in 6 d"),
    ],
)
def test_a_time_is_told_by_its_distance(ahead: timedelta, said: str) -> None:
    assert distance(NOW + ahead, NOW) == said


def test_no_time_is_a_dash() -> None:
    assert distance(None) == "-"


def test_nothing_is_cut_short_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    now = datetime.now(UTC)
    mall = MallOverview(
        mall_id=MallId("samplemall00001"),
        status="active",
        credential=GradedCredential(
            name="mall:samplemall00001",
            mall_id=MallId("samplemall00001"),
            grade=Grade.overdue,
            expires_at=now + timedelta(days=5),
            checked_at=now,
        ),
        last_sync_at=now - timedelta(minutes=90),
        last_sync="mismatch",
        rows=123_456,
    )
    row = {
        "mall_id": mall.mall_id,
        "grade": "overdue",
        "days_left": 5.0,
        "last_refresh_at": now - timedelta(days=9),
        "last_sync_at": mall.last_sync_at,
        "rows": mall.rows,
        "next_run_at": now + timedelta(days=6, minutes=1),
    }
    print_status([mall], {"malls": [row]})
    told = capsys.readouterr().out
    assert "…" not in told
    assert "samplemall00001" in told
    assert "1 h ago" in told
    assert "mismatch" in told
    assert "in 6 d" in told


def test_a_dead_token_has_no_days_left_whatever_its_date_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = datetime.now(UTC)
    dead = GradedCredential(
        name="mall:samplemall", grade=Grade.reauthorize, expires_at=now, checked_at=now
    )
    mall = MallOverview(MallId("samplemall"), "reauthorize", dead, None, None, None)
    row = dict.fromkeys(("last_refresh_at", "last_sync_at", "rows", "next_run_at"))
    print_status(
        [mall],
        {"malls": [{"mall_id": "samplemall", "grade": "reauthorize", "days_left": 13.5, **row}]},
    )
    assert "13.5" not in capsys.readouterr().out
