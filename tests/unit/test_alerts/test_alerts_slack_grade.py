"""The channels that alerts go to are graded like any other credential."""

from datetime import datetime
from typing import Any

import pytest

from cafe24.alerts.slack_grade import grade_channels, refusals
from cafe24.errors import CafeError, SlackAway, SlackRefused
from cafe24.tokens.graded import Grade

DEAD = SlackRefused("The Slack webhook refused the message: 404, no_service.", "Make a new one.")


@pytest.fixture
def pair(channel: Any, second_channel: Any) -> tuple[Any, Any]:
    return channel, second_channel


@pytest.mark.parametrize(
    ("ill", "grade"),
    [
        ((None, None), Grade.ok),
        ((DEAD, None), Grade.critical),
        ((None, DEAD), Grade.warning),
        ((DEAD, DEAD), Grade.critical),
    ],
)
def test_a_dead_first_channel_is_critical_and_a_dead_second_one_a_warning(
    pair: tuple[Any, Any],
    now: datetime,
    ill: tuple[CafeError | None, CafeError | None],
    grade: Grade,
) -> None:
    for one, failure in zip(pair, ill, strict=True):
        one.ill = failure
    dead = refusals(pair)
    assert dead is not None
    graded = grade_channels(pair, dead, now)
    assert (graded.name, graded.grade, graded.mall_id) == ("slack", grade, None)
    assert bool(graded.reason) == (grade is not Grade.ok)
    assert graded.reason.count("Make a new one.") == len(dead)


def test_a_channel_that_gives_no_answer_says_nothing_of_any(pair: tuple[Any, Any]) -> None:
    pair[0].ill, pair[1].ill = DEAD, SlackAway("away")
    assert refusals(pair) is None
