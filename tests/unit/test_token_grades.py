"""Grades by what a monitor may see; the missed refresh is noticed before any day count."""

from datetime import UTC, datetime, timedelta

import pytest

from cafe24.malls import MallId
from cafe24.tokens.graded import Grade, GradedCredential
from cafe24.tokens.grades import grade_mall, grade_sign_in
from cafe24.vault.kv import KeyMetadata

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEASE = timedelta(seconds=45)


def graded(  # noqa: PLR0913 - each named at the call
    *,
    left: timedelta = timedelta(days=10),
    status: str = "active",
    described: int = 7,
    version: int = 7,
    written: timedelta = timedelta(hours=1),
    access_left: timedelta = timedelta(0),
) -> GradedCredential:
    custom = {
        "version": str(described),
        "generation": "3",
        "status": status,
        "issued_at": (NOW + left - timedelta(days=14)).isoformat(),
        "access_expires_at": (NOW + access_left).isoformat(),
        "refresh_expires_at": (NOW + left).isoformat(),
    }
    seen = KeyMetadata(version, NOW - written, NOW, custom)
    return grade_mall(MallId("samplemall"), seen, LEASE)


@pytest.mark.parametrize(
    ("left", "grade", "wants_refresh"),
    [
        (timedelta(days=14), Grade.ok, False),
        (timedelta(days=6), Grade.ok, False),
        (timedelta(days=5, hours=17), Grade.overdue, True),
        (timedelta(days=3), Grade.overdue, True),
        (timedelta(days=2, hours=12), Grade.warning, True),
        (timedelta(hours=24), Grade.warning, True),
        (timedelta(hours=20), Grade.critical, True),
        (timedelta(seconds=1), Grade.critical, True),
        (timedelta(0), Grade.expired, False),
        (-timedelta(days=1), Grade.expired, False),
    ],
)
def test_a_mall_is_graded_by_what_is_left(
    left: timedelta, grade: Grade, wants_refresh: bool
) -> None:
    result = graded(left=left)
    assert result.grade is grade
    assert result.wants_refresh is wants_refresh
    assert result.days_left == pytest.approx(left / timedelta(days=1))


def test_a_dead_token_is_reauthorize_however_much_is_left() -> None:
    result = graded(status="reauthorize")
    assert result.grade is Grade.reauthorize
    assert not result.wants_refresh


def test_a_description_that_stays_behind_is_unfinished_and_wants_a_refresh() -> None:
    assert graded(described=6, written=timedelta(seconds=44)).grade is Grade.ok
    behind = graded(described=6, written=timedelta(seconds=46))
    assert behind.grade is Grade.unfinished
    assert behind.wants_refresh


def test_a_mall_that_was_never_described_is_unfinished() -> None:
    seen = KeyMetadata(1, NOW - timedelta(hours=1), NOW, {})
    assert grade_mall(MallId("samplemall"), seen, LEASE).grade is Grade.unfinished


DESCRIPTION = {
    "version": "7",
    "generation": "3",
    "status": "active",
    "issued_at": (NOW - timedelta(days=4)).isoformat(),
    "access_expires_at": NOW.isoformat(),
    "refresh_expires_at": (NOW + timedelta(days=10)).isoformat(),
}


@pytest.mark.parametrize("missing", DESCRIPTION)
def test_a_description_that_lacks_a_part_is_unfinished(missing: str) -> None:
    rest = {name: value for name, value in DESCRIPTION.items() if name != missing}
    result = grade_mall(MallId("samplemall"), KeyMetadata(7, NOW, NOW, rest), LEASE)
    assert result.grade is Grade.unfinished
    assert result.wants_refresh


@pytest.mark.parametrize(
    "damage",
    [
        {"generation": "three"},
        {"issued_at": "yesterday"},
        {"refresh_expires_at": "2026-12-01T00:00:00"},
    ],
)
def test_a_description_that_cannot_be_read_is_unfinished(damage: dict[str, str]) -> None:
    seen = KeyMetadata(7, NOW, NOW, DESCRIPTION | damage)
    assert grade_mall(MallId("samplemall"), seen, LEASE).grade is Grade.unfinished


def test_an_open_question_is_a_warning_and_settled_when_the_old_token_serves_no_longer() -> None:
    serving = graded(status="ambiguous", access_left=timedelta(minutes=30))
    ended = graded(status="ambiguous", access_left=timedelta(minutes=4))
    assert (serving.grade, serving.wants_refresh) == (Grade.warning, False)
    assert (ended.grade, ended.wants_refresh) == (Grade.warning, True)


def test_a_paused_mall_is_not_refreshed_behind_its_back() -> None:
    assert not graded(status="paused", left=timedelta(days=1, hours=12)).wants_refresh


@pytest.mark.parametrize(
    ("left", "grade"),
    [
        (None, Grade.ok),
        (timedelta(days=4), Grade.ok),
        (timedelta(days=2), Grade.warning),
        (timedelta(hours=23), Grade.critical),
        (timedelta(0), Grade.expired),
    ],
)
def test_our_own_sign_in_is_a_credential_too(left: timedelta | None, grade: Grade) -> None:
    result = grade_sign_in("vault:keeper", None if left is None else NOW + left, NOW)
    assert (result.grade, result.mall_id, result.wants_refresh) == (grade, None, False)
