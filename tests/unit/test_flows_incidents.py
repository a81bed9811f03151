"""What a run's answers mean for incidents is written whole, or not at all."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from cafe24.alerts.incidents import open_incidents, open_or_touch
from cafe24.alerts.outbox_lines import waiting
from cafe24.alerts.recording import Recording
from cafe24.alerts.tables import IncidentKind
from cafe24.errors import Cafe24Away, DatabaseAway
from cafe24.malls import MallId
from cafe24.tokens.graded import Grade
from tasks.each_mall import Answer
from tasks.findings import finding_of
from tasks.grade_incidents import record_grades
from tasks.incidents import Rules, Seen, recorded
from tests.unit.test_flows_grade_incidents import graded

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SEEN = Seen(NOW, None)
RULES = Rules(otherwise=IncidentKind.sync_failed, cures=lambda _value: [IncidentKind.sync_failed])
FAILURE = Cafe24Away("Cafe24 answered 502.")


def failed(*malls: str) -> list[Answer[Any]]:
    return [Answer(MallId(mall), error=FAILURE) for mall in malls]


def fails_at(patch: pytest.MonkeyPatch, call: int) -> None:
    """Let the database go away at the n-th incident."""
    whole, calls = Recording.open_or_touch, iter(range(1, 100))

    def cut_short(self: Recording, *arguments: Any) -> Any:
        if next(calls) == call:
            raise DatabaseAway("The database went away here.")
        return whole(self, *arguments)

    patch.setattr(Recording, "open_or_touch", cut_short)


def test_a_step_that_the_database_cut_short_still_tells_new_from_known(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = finding_of(MallId("oldmall"), FAILURE, IncidentKind.sync_failed, None)
    open_or_touch(engine, old, NOW)
    answers = failed("firstmall", "oldmall", "thirdmall")
    with monkeypatch.context() as patch:
        fails_at(patch, 3)
        with pytest.raises(DatabaseAway):
            recorded(engine, answers, RULES, SEEN)
    assert [one.mall_id for one in open_incidents(engine)] == ["oldmall"]
    again = recorded(engine, answers, RULES, SEEN)
    assert list(again.new) == ["firstmall", "thirdmall"]
    assert again.known == ["oldmall"]
    assert waiting(engine) == 3


def test_what_recovered_is_told_by_the_try_that_was_written(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(engine, failed("firstmall"), RULES, SEEN)
    answers = [Answer(MallId("firstmall"), value="synced"), *failed("othermall")]
    with monkeypatch.context() as patch:
        fails_at(patch, 1)
        with pytest.raises(DatabaseAway):
            recorded(engine, answers, RULES, SEEN)
    assert recorded(engine, answers, RULES, SEEN).recovered == ["firstmall"]


def test_two_checks_at_once_are_one_incident_and_one_line(engine: Engine) -> None:
    for _ in range(2):
        record_grades(engine, [graded(Grade.reauthorize)], {}, NOW, None)
    assert len(open_incidents(engine)) == 1
    assert waiting(engine) == 1
