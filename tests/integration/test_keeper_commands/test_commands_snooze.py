"""`manage.py snooze MALL 4h|off`: what it silences, what it refuses, and what it needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from cafe24.alerts.findings import Finding, app_subject, mall_subject
from cafe24.alerts.incidents import open_incidents, open_or_touch
from cafe24.alerts.several_malls import facts_of_malls
from cafe24.alerts.tables import AlertGrade, IncidentKind, Purpose
from cafe24.database.engine import open_engine
from cafe24.settings import Settings
from tests.integration.test_keeper_commands.desk import Desk


@pytest.fixture
def engine(desk: Desk) -> Iterator[Engine]:
    """The desk's database, with one open incident of its mall."""
    assert desk.mall
    engine = open_engine(Settings.load().database_url.get_secret_value())
    open_or_touch(engine, failed_sync(desk), datetime.now(UTC))
    yield engine
    engine.dispose()


def failed_sync(desk: Desk, grade: AlertGrade = AlertGrade.warning) -> Finding:
    subject = mall_subject(desk.mall)
    return Finding(subject, IncidentKind.sync_failed, grade, mall_id=desk.mall)


def test_a_snoozed_mall_is_not_told_again_before_its_time_and_then_it_is(
    desk: Desk, engine: Engine
) -> None:
    began = datetime.now(UTC)
    said = desk.run("snooze MALL 2d --json").json
    until = datetime.fromisoformat(said["snoozed_until"])
    assert timedelta(seconds=-1) <= until - began - timedelta(days=2) <= timedelta(minutes=1)
    [told] = said["incidents"]
    assert (said["mall_id"], told["number"], told["kind"]) == (desk.mall, 1, "sync_failed")
    [incident] = open_incidents(engine)
    assert incident.snoozed_until is not None
    assert incident.snoozed_until.replace(microsecond=0) == until
    still = failed_sync(desk)
    assert open_or_touch(engine, still, until - timedelta(minutes=1)).queued is None
    after = open_or_touch(engine, still, until + timedelta(minutes=1))
    assert after.queued is Purpose.reminder


def test_what_gets_worse_speaks_up_despite_the_snooze(desk: Desk, engine: Engine) -> None:
    desk.run("snooze MALL 4h")
    worse = failed_sync(desk, AlertGrade.critical)
    assert open_or_touch(engine, worse, datetime.now(UTC)).queued is Purpose.escalated


def test_off_ends_a_snooze(desk: Desk, engine: Engine) -> None:
    desk.run("snooze MALL 2d")
    said = desk.run("snooze MALL off")
    assert said.out == f"{desk.mall}: reminders come again (#1 sync_failed)\n"
    [incident] = open_incidents(engine)
    assert incident.snoozed_until is None


@pytest.mark.usefixtures("engine")
def test_a_person_reads_until_when_and_what_it_is_about(desk: Desk) -> None:
    said = desk.run("snooze MALL 30m")
    assert said.out.startswith(f"{desk.mall}: no reminders until 2")
    assert said.out.endswith("Z (#1 sync_failed)\n")


@pytest.mark.usefixtures("engine")
def test_it_works_while_vault_is_away(desk: Desk) -> None:
    desk.monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    assert desk.run("snooze MALL 4h --json").json["incidents"]


def test_an_app_is_snoozed_by_its_client_id_and_not_by_a_mall_of_it(
    desk: Desk, engine: Engine
) -> None:
    facts = {"client_id": "sampleapp", **facts_of_malls([desk.mall, "othermall"])}
    kind, grade = IncidentKind.app_refused, AlertGrade.critical
    refused = Finding(app_subject("sampleapp"), kind, grade, facts=facts)
    open_or_touch(engine, refused, datetime.now(UTC))
    of_mall = desk.run("snooze MALL 4h --json").json
    assert [one["kind"] for one in of_mall["incidents"]] == ["sync_failed"]
    said = desk.run("snooze sampleapp 4h --app --json").json
    assert said["client_id"] == "sampleapp"
    assert [one["kind"] for one in said["incidents"]] == ["app_refused"]
    assert all(one.snoozed_until for one in open_incidents(engine))
    assert desk.run("snooze sampleapp off --app").out == (
        "sampleapp: reminders come again (#2 app_refused)\n"
    )


def test_an_app_that_has_nothing_has_nothing_to_snooze(desk: Desk) -> None:
    assert "nothing to snooze" in desk.run("snooze otherapp 4h --app").out


def test_a_mall_that_is_well_has_nothing_to_snooze(desk: Desk) -> None:
    said = desk.run("snooze MALL 4h --json").json
    assert said == {"mall_id": desk.mall, "snoozed_until": None, "incidents": []}
    assert "nothing to snooze" in desk.run("snooze MALL 4h").out


@pytest.mark.usefixtures("engine")
def test_a_mall_that_nobody_knows_is_refused(desk: Desk) -> None:
    desk.refused("snooze nosuchmall 4h", 2, "Vault lists no mall nosuchmall", "manage.py status")
    desk.refused("snooze undefined 4h", 2, "undefined")


@pytest.mark.parametrize(
    "span", ["4", "0h", "-4h", "4 weeks", "h", "''", "15d", "9999999999999d", "tomorrow", "OFF"]
)
def test_a_span_that_is_none_is_refused_before_anything_is_asked(
    desk: Desk, span: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        desk.run(f"snooze MALL {span}")
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert "30m, 4h or 2d" in err or "arguments are required" in err
