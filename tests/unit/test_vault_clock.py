"""Vault's clock, as closely as answers that are cut to the second tell it."""

from datetime import UTC, datetime, timedelta

import pytest

from cafe24.boottime import boottime, process_started
from cafe24.vault.clock import VaultClock

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


def heard(*answers: tuple[int, float]) -> VaultClock:
    """A clock that heard Dates (seconds after midnight) at boot times, each within 10 ms."""
    clock = VaultClock()
    for date, at in answers:
        clock.heard(moment(date), at - 0.005, at + 0.005)
    return clock


def test_one_answer_tells_the_clock_to_a_second() -> None:
    then = heard((7, 100.0)).at(100.0)
    assert then.is_before(moment(8.1)) is True
    assert then.is_before(moment(6.9)) is False
    assert then.is_before(moment(7.5)) is None


def test_the_turn_of_a_second_tells_it_to_the_length_of_a_request() -> None:
    clock = heard((7, 100.0), (7, 100.4), (8, 100.42))
    assert clock.uncertainty_s == pytest.approx(0.03)
    assert clock.at(100.0).is_before(moment(7.55)) is False
    assert clock.at(100.0).is_before(moment(7.62)) is True


def test_a_clock_that_was_set_starts_afresh() -> None:
    clock = heard((7, 100.0), (7, 100.4), (8, 100.42), (500, 101.0))
    assert clock.at(101.0).is_before(moment(501.1)) is True
    assert clock.at(101.0).is_before(moment(499.9)) is False


def test_this_process_began_before_now_and_not_long_ago() -> None:
    assert 0 < boottime() - process_started() < 24 * 3600
