"""One thing that is wrong is one incident, however often and by whomever it is found."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from cafe24.alerts.findings import Finding, credential_subject, mall_subject
from cafe24.alerts.incidents import close, open_incidents, open_or_touch, snooze
from cafe24.alerts.tables import AlertGrade, AlertMessage, IncidentKind, Purpose
from cafe24.database.engine import open_engine
from cafe24.errors import DatabaseUnusable
from cafe24.malls import mall_id
from cafe24.secret import Secret

MakeFinding = Callable[..., Finding]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def purposes(engine: Engine) -> list[str]:
    with Session(engine) as session:
        lines = session.exec(select(AlertMessage).order_by(AlertMessage.id)).all()  # type: ignore[arg-type]
        return [line.purpose for line in lines]


def test_what_is_found_first_opens_an_incident_and_is_told(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    recorded = open_or_touch(engine, finding(reason="refused", generation=3), now)
    incident = recorded.incident
    assert recorded.queued is Purpose.opened
    assert (incident.number, incident.mall_id) == (1, "samplemall")
    assert (incident.opened_at, incident.last_seen_at) == (now, now)
    assert incident.facts == {"reason": "refused", "generation": 3}
    assert purposes(engine) == ["opened"]


def test_what_is_found_again_is_the_same_incident_and_is_not_told_again(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    first = open_or_touch(engine, finding(reason="old"), now).incident
    again = open_or_touch(engine, finding(reason="new"), now + HOUR)
    assert again.queued is None
    assert again.incident.number == first.number
    assert again.incident.last_seen_at == now + HOUR
    assert again.incident.facts == {"reason": "new"}
    assert purposes(engine) == ["opened"]


def test_another_kind_or_mall_is_another_incident(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    for one in (finding(), finding(kind=IncidentKind.sync_failed), finding("othermall")):
        open_or_touch(engine, one, now)
    assert [one.number for one in open_incidents(engine)] == [1, 2, 3]


def test_a_token_that_was_ending_and_then_died_is_one_incident_told_as_the_worse(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    ending = finding(kind=IncidentKind.token_expiring, reason="ends soon")
    dead = finding(kind=IncidentKind.reauthorize, grade=AlertGrade.critical, reason="refused")
    first = open_or_touch(engine, ending, now).incident
    worse = open_or_touch(engine, dead, now + HOUR)
    assert worse.is_new
    assert worse.queued is Purpose.escalated
    assert (worse.incident.number, worse.incident.opened_at) == (first.number, now)
    assert (worse.incident.kind, worse.incident.grade) == ("reauthorize", "critical")
    assert worse.incident.facts == {"reason": "refused"}
    assert len(open_incidents(engine)) == 1


def test_what_a_worse_incident_says_already_is_no_news(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    dead = finding(kind=IncidentKind.reauthorize, grade=AlertGrade.critical, reason="refused")
    first = open_or_touch(engine, dead, now).incident
    ending = finding(kind=IncidentKind.token_expiring, grade=AlertGrade.critical, reason="ends")
    again = open_or_touch(engine, ending, now + HOUR)
    assert (again.queued, again.is_new) == (None, False)
    assert again.incident.number == first.number
    assert (again.incident.kind, again.incident.facts) == ("reauthorize", {"reason": "refused"})
    assert again.incident.last_seen_at == now + HOUR


def test_one_that_is_both_open_and_milder_elsewhere_stays_itself(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    overdue = finding(kind=IncidentKind.token_overdue)
    ending = finding(kind=IncidentKind.token_expiring)
    open_or_touch(engine, overdue, now)
    taken_over = open_or_touch(engine, ending, now + HOUR)
    again = open_or_touch(engine, ending, now + 2 * HOUR)
    assert again.incident.number == taken_over.incident.number
    assert (taken_over.is_new, again.is_new) == (True, False)


def test_a_worse_grade_is_told_at_once_and_never_falls(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    open_or_touch(engine, finding(), now)
    worse = open_or_touch(engine, finding(grade=AlertGrade.critical), now + HOUR)
    assert (worse.queued, worse.incident.grade) == (Purpose.escalated, "critical")
    assert worse.incident.escalated_at == now + HOUR
    milder = open_or_touch(engine, finding(), now + 2 * HOUR)
    assert (milder.queued, milder.incident.grade) == (None, "critical")


@pytest.mark.parametrize(
    ("grade", "every"), [(AlertGrade.warning, DAY), (AlertGrade.critical, 6 * HOUR)]
)
def test_a_reminder_comes_daily_for_a_warning_and_six_hourly_when_critical(
    engine: Engine, finding: MakeFinding, now: datetime, grade: AlertGrade, every: timedelta
) -> None:
    found = finding(grade=grade)
    open_or_touch(engine, found, now)
    for last in (now, now + every):
        assert open_or_touch(engine, found, last + every - HOUR).queued is None
        assert open_or_touch(engine, found, last + every).queued is Purpose.reminder


def test_a_check_that_comes_seconds_early_still_reminds_every_six_hours(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    found = finding(grade=AlertGrade.critical)
    open_or_touch(engine, found, now)
    for check in range(1, 5):
        at = now + check * (6 * HOUR - timedelta(seconds=20))
        assert open_or_touch(engine, found, at).queued is Purpose.reminder


def test_a_snooze_silences_reminders_but_not_what_gets_worse_or_recovers(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    open_or_touch(engine, finding(), now)
    (snoozed,) = snooze(engine, mall_subject(mall_id("samplemall")), now + 3 * DAY)
    assert snoozed.snoozed_until == now + 3 * DAY
    assert open_or_touch(engine, finding(), now + 2 * DAY).queued is None
    worse = finding(grade=AlertGrade.critical)
    assert open_or_touch(engine, worse, now + 2 * DAY).queued is Purpose.escalated
    assert open_or_touch(engine, worse, now + 4 * DAY).queued is Purpose.reminder
    assert close(engine, "mall:samplemall", [IncidentKind.reauthorize], now + 4 * DAY)
    assert purposes(engine) == ["opened", "escalated", "reminder", "recovered"]


def test_a_snooze_that_is_ended_lets_reminders_through(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    open_or_touch(engine, finding(), now)
    snooze(engine, mall_subject(mall_id("samplemall")), now + 3 * DAY)
    (awake,) = snooze(engine, mall_subject(mall_id("samplemall")), None)
    assert awake.snoozed_until is None
    assert open_or_touch(engine, finding(), now + 2 * DAY).queued is Purpose.reminder


def test_a_snooze_is_for_one_mall(engine: Engine, finding: MakeFinding, now: datetime) -> None:
    open_or_touch(engine, finding("othermall"), now)
    assert snooze(engine, mall_subject(mall_id("samplemall")), now + DAY) == []
    assert open_or_touch(engine, finding("othermall"), now + DAY).queued is Purpose.reminder


def test_closing_closes_the_named_kinds_of_the_subject_alone(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    for one in (finding(), finding(kind=IncidentKind.sync_failed), finding("othermall")):
        open_or_touch(engine, one, now)
    kinds = [IncidentKind.reauthorize, IncidentKind.token_expiring]
    (closed,) = close(engine, "mall:samplemall", kinds, now + DAY)
    assert (closed.number, closed.closed_at) == (1, now + DAY)
    assert [one.number for one in open_incidents(engine)] == [2, 3]
    assert purposes(engine)[-1] == "recovered"


def test_what_is_closed_is_not_closed_twice_and_comes_back_under_a_new_number(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    open_or_touch(engine, finding(), now)
    kinds = [IncidentKind.reauthorize]
    assert len(close(engine, "mall:samplemall", kinds, now + HOUR)) == 1
    assert close(engine, "mall:samplemall", kinds, now + HOUR) == []
    assert open_or_touch(engine, finding(), now + DAY).incident.number == 2
    assert purposes(engine) == ["opened", "recovered", "opened"]


def test_our_own_credentials_have_incidents_without_a_mall(engine: Engine, now: datetime) -> None:
    subject = credential_subject("vault:keeper")
    found = Finding(subject, IncidentKind.vault_signin_expiring, AlertGrade.warning)
    incident = open_or_touch(engine, found, now).incident
    assert (incident.subject, incident.mall_id) == ("credential:vault:keeper", None)


@pytest.mark.parametrize(
    "fact",
    [Secret("invented-refresh-token"), b"bytes", {"a": 1}, datetime(2026, 1, 1)],  # noqa: DTZ001 - naive on purpose
)
def test_a_fact_that_is_not_plain_is_refused_and_nothing_is_recorded(
    engine: Engine, finding: MakeFinding, now: datetime, fact: object
) -> None:
    with pytest.raises(TypeError) as refusal:
        open_or_touch(engine, finding(reason=fact), now)
    assert "invented-refresh-token" not in str(refusal.value)
    assert open_incidents(engine) == []


def test_a_database_without_the_tables_is_said_so(
    bare_database_url: str, finding: MakeFinding, now: datetime
) -> None:
    bare = open_engine(bare_database_url)
    with pytest.raises(DatabaseUnusable, match=r"manage\.py setup"):
        open_or_touch(bare, finding(), now)
    bare.dispose()


def _find_everything(database: str, found: list[Finding], now: datetime) -> list[str]:
    opened = open_engine(database)
    queued = [open_or_touch(opened, one, now).queued for one in found]
    opened.dispose()
    return [purpose.value for purpose in queued if purpose]


def test_four_processes_that_find_the_same_open_each_incident_once(
    engine: Engine, finding: MakeFinding, now: datetime
) -> None:
    found = [finding(f"mall{number}", grade=AlertGrade.warning) for number in range(15)]
    worse = [finding(f"mall{number}", grade=AlertGrade.critical) for number in range(15)]
    database = engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, mp_context=spawn) as pool:
        for batch, word in ((found, "opened"), (worse, "escalated")):
            runs = [pool.submit(_find_everything, database, batch, now) for _ in range(4)]
            told = [purpose for run in runs for purpose in run.result()]
            assert told == [word] * 15
    assert len(open_incidents(engine)) == 15
    assert sorted(purposes(engine)) == ["escalated"] * 15 + ["opened"] * 15
