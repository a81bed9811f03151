"""An app that Cafe24 refuses is one incident, whichever malls, shards and runs meet it."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cafe24.alerts.findings import app_subject, mall_subject
from cafe24.alerts.growth import new_values
from cafe24.alerts.incidents import open_incidents, snooze
from cafe24.alerts.several_malls import malls_in
from cafe24.alerts.tables import AlertMessage, Incident, IncidentKind
from cafe24.database.engine import open_engine
from cafe24.errors import AppRefused, Cafe24Away, VaultRefused
from cafe24.malls import MallId
from cafe24.tokens.graded import Grade, GradedCredential
from cafe24.tokens.outcome import Refresh
from cafe24.tokens.pair import Grant
from tasks.each_mall import Answer
from tasks.grade_incidents import record_grades
from tasks.incidents import Record, Seen, recorded
from tasks.mall_facts import KnownFacts
from tasks.tokens import refresh_rules

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
APP = "sampleapp"
RULES = refresh_rules(only_keep_warm=False).of_a_fleet()


def refused(*malls: str, app: str = APP) -> list[Answer[Any]]:
    said = AppRefused(f"Cafe24 refuses the app {app} (401 invalid_client).", "Store it.", app)
    return [Answer(MallId(mall), error=said) for mall in malls]


def refreshed(mall: str, outcome: Any = "refreshed") -> list[Answer[Any]]:
    value = Refresh(MallId(mall), outcome, Grant("a1", 2), NOW, NOW, client_id=APP)
    return [Answer(MallId(mall), value)]


def run(engine: Engine, answers: Sequence[Answer[Any]], minute: int = 0) -> Record:
    return recorded(engine, answers, RULES, Seen(NOW + timedelta(minutes=minute), None))


def told(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.exec(select(AlertMessage.purpose).order_by(col(AlertMessage.id))))


def only(engine: Engine) -> Incident:
    [incident] = open_incidents(engine)
    return incident


def fleet(count: int, first: int = 0) -> list[str]:
    return [f"mall{number:03}" for number in range(first, first + count)]


def test_five_hundred_refused_malls_are_one_incident_that_counts_and_names_them(
    engine: Engine,
) -> None:
    record = run(engine, refused(*fleet(500)))
    incident = only(engine)
    assert (incident.subject, incident.kind, incident.mall_id) == (
        app_subject(APP),
        "app_refused",
        None,
    )
    assert incident.facts["client_id"] == APP
    assert incident.facts["malls"] == 500
    assert incident.facts["first_malls"] == "mall000, mall001, mall002, mall003, mall004, …"
    assert "invalid_client" in str(incident.facts["reason"])
    assert len(record.new) == 500
    assert told(engine) == ["opened"]


def test_another_shard_and_another_run_add_their_malls_to_what_is_known(engine: Engine) -> None:
    run(engine, refused(*fleet(3)))
    later = run(engine, refused(*fleet(3, first=2)), minute=1)
    assert malls_in(only(engine).facts) == fleet(5)
    assert only(engine).facts["malls"] == 5
    assert (later.new, sorted(later.known)) == ({}, fleet(3, first=2))
    assert told(engine) == ["opened"]


def test_one_refused_mall_has_its_own_incident(engine: Engine) -> None:
    record = run(engine, refused("mallone"))
    assert only(engine).subject == mall_subject(MallId("mallone"))
    assert only(engine).facts["client_id"] == APP
    assert list(record.new) == ["mallone"]


def test_with_a_second_mall_the_first_ones_incident_goes_on_as_the_apps(engine: Engine) -> None:
    run(engine, refused("mallone"))
    number = only(engine).number
    record = run(engine, refused("malltwo"), minute=1)
    incident = only(engine)
    assert (incident.number, incident.subject, incident.mall_id) == (number, app_subject(APP), None)
    assert malls_in(incident.facts) == ["mallone", "malltwo"]
    assert list(record.new) == ["malltwo"]
    assert told(engine) == ["opened", "escalated"]


def test_one_mall_more_belongs_to_the_apps_open_incident(engine: Engine) -> None:
    run(engine, refused("mallone", "malltwo"))
    record = run(engine, refused("mallthree"), minute=1)
    assert malls_in(only(engine).facts) == ["mallone", "mallthree", "malltwo"]
    assert record.known == ["mallthree"]


def test_two_apps_are_two_troubles(engine: Engine) -> None:
    run(engine, [*refused("mallone", "malltwo"), *refused("mallx", "mally", app="otherapp")])
    assert {one.subject for one in open_incidents(engine)} == {
        app_subject(APP),
        app_subject("otherapp"),
    }


def test_where_the_app_was_taken_for_another_mall_the_refused_ones_have_their_own(
    engine: Engine,
) -> None:
    run(engine, [*refused("mallone", "malltwo"), *refreshed("mallthree")])
    assert {one.mall_id for one in open_incidents(engine)} == {"mallone", "malltwo"}


def test_what_else_is_wrong_stays_the_malls_own(engine: Engine) -> None:
    away: list[Answer[Any]] = [Answer(MallId("mallx"), error=Cafe24Away("502"))]
    run(engine, [*refused("mallone", "malltwo"), *away])
    assert {one.kind for one in open_incidents(engine)} == {"app_refused", "refresh_failed"}


def test_a_new_pair_of_any_mall_of_the_app_ends_it_with_one_recovery(engine: Engine) -> None:
    run(engine, refused(*fleet(100)))
    healed = [answer for mall in [*fleet(100), "malllater"] for answer in refreshed(mall)]
    record = run(engine, healed, minute=60)
    assert open_incidents(engine) == []
    assert told(engine) == ["opened", "recovered"]
    assert sorted(record.recovered) == fleet(100)


def test_a_pair_that_was_good_already_proves_nothing_of_the_app(engine: Engine) -> None:
    run(engine, refused("mallone", "malltwo"))
    run(engine, refreshed("mallone", "fresh"), minute=1)
    assert only(engine).subject == app_subject(APP)


def test_shards_that_meet_it_at_the_same_moment_come_to_one_incident(database_url: str) -> None:
    shards = [fleet(50, first=50 * number) for number in range(3)]
    together = threading.Barrier(len(shards))

    def shard(number: int) -> Record:
        engine = open_engine(database_url)
        try:
            together.wait()
            return run(engine, refused(*shards[number]), minute=number)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(len(shards)) as threads:
        records = list(threads.map(shard, range(len(shards))))
    engine = open_engine(database_url)
    assert malls_in(only(engine).facts) == fleet(150)
    assert told(engine) == ["opened"]
    assert sorted(len(record.new) for record in records) == [0, 0, 50]
    engine.dispose()


def check(engine: Engine, mall: str, issued_after: timedelta) -> None:
    """Let check-expiry see the mall with a pair of this age, counted from the last refusal."""
    now = NOW + timedelta(hours=6)
    issued_at = NOW + issued_after
    one = GradedCredential(
        f"mall:{mall}", Grade.ok, now + timedelta(days=13), now, MallId(mall), issued_at, 7
    )
    record_grades(engine, [one], {}, now, None)


def test_check_expiry_ends_it_by_a_pair_that_is_younger_than_the_last_refusal(
    engine: Engine,
) -> None:
    run(engine, refused("mallone", "malltwo"))
    check(engine, "mallone", timedelta(minutes=-1))
    check(engine, "strangermall", timedelta(hours=1))
    assert only(engine).kind == IncidentKind.app_refused
    check(engine, "malltwo", timedelta(hours=1))
    assert open_incidents(engine) == []


def test_the_apps_incident_is_snoozed_by_the_app(engine: Engine) -> None:
    run(engine, refused("mallone", "malltwo"))
    until = NOW + timedelta(days=2)
    assert snooze(engine, mall_subject(MallId("mallone")), until) == []
    assert [one.snoozed_until for one in snooze(engine, app_subject(APP), until)] == [until]
    run(engine, refused("mallone", "malltwo"), minute=24 * 60)
    assert told(engine) == ["opened"]


def test_the_message_has_what_vault_knows_of_the_app(engine: Engine) -> None:
    facts = {"redirect_uri": "https://app.example.com/callback", "scopes": "mall.read_product"}
    recorded(
        engine, refused("mallone", "malltwo"), RULES, Seen(NOW, None, KnownFacts({}, {APP: facts}))
    )
    assert facts.items() <= only(engine).facts.items()


def test_other_refusals_are_not_taken_for_the_apps(engine: Engine) -> None:
    answers: list[Answer[Any]] = [
        Answer(MallId(mall), error=VaultRefused("denied")) for mall in ("mallone", "malltwo")
    ]
    run(engine, answers)
    assert {one.mall_id for one in open_incidents(engine)} == {"mallone", "malltwo"}


def test_malls_that_another_shard_adds_meanwhile_are_not_lost(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(engine, refused("mallone", "malltwo"))
    other = open_engine(database_url)

    def after_the_other(*arguments: Any) -> Any:
        monkeypatch.undo()
        run(other, refused("mallthree"), minute=1)
        return new_values(*arguments)

    monkeypatch.setattr("cafe24.alerts.recording.new_values", after_the_other)
    run(engine, refused("mallfour"), minute=2)
    other.dispose()
    assert malls_in(only(engine).facts) == ["mallfour", "mallone", "mallthree", "malltwo"]
