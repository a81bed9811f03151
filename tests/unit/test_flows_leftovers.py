"""What lasts after a sync is one incident, and is not told again and again."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from cafe24.alerts.incidents import open_incidents
from cafe24.alerts.outbox_lines import waiting
from cafe24.malls import MallId
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.runs import Mode, Outcome, SyncReport, finish_run, start_run
from tasks.leftovers import record
from tasks.products import Synced

MALL = MallId("samplemall")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def syncs(
    engine: Engine, now: datetime, outcome: Outcome, quarantined: int = 0, mode: Mode = "full"
) -> None:
    """Sync the mall's one shop, and write what that left."""
    report = SyncReport(MALL, 1, mode, outcome, source=120, stored=118, quarantined=quarantined)
    report.finished_at = now
    with engine.begin() as connection:
        finish_run(connection, start_run(connection, Shop(MALL, 1), now), report)
    record(engine, {MALL: Synced((report,))}, now, None)


def open_kinds(engine: Engine) -> list[str]:
    return [one.kind for one in open_incidents(engine)]


def test_a_count_that_disagrees_once_is_nobodys_news(engine: Engine) -> None:
    syncs(engine, NOW, "mismatch")
    syncs(engine, NOW + DAY, "synced")
    syncs(engine, NOW + 2 * DAY, "mismatch")
    assert open_kinds(engine) == []
    assert waiting(engine) == 0


def test_a_count_that_disagrees_again_is_an_incident_until_it_agrees(engine: Engine) -> None:
    syncs(engine, NOW, "mismatch")
    syncs(engine, NOW + DAY, "mismatch")
    [incident] = open_incidents(engine)
    assert (incident.kind, incident.grade) == ("sync_mismatch", "warning")
    assert incident.facts["reason"] == "Shop 1: the mall counts 120, 118 are held."
    syncs(engine, NOW + 2 * DAY, "synced", mode="incremental")
    assert open_kinds(engine) == []


def test_records_set_aside_are_told_once_and_again_only_when_there_are_more(
    engine: Engine,
) -> None:
    for day in range(4):
        syncs(engine, NOW + day * DAY, "synced", quarantined=2)
    assert open_kinds(engine) == ["records_quarantined"]
    assert waiting(engine) == 1
    syncs(engine, NOW + 5 * DAY, "synced", quarantined=3)
    syncs(engine, NOW + 5 * DAY + HOUR, "synced", quarantined=4)
    assert waiting(engine) == 2
    syncs(engine, NOW + 6 * DAY, "synced", quarantined=4)
    assert waiting(engine) == 3
    syncs(engine, NOW + 7 * DAY, "synced")
    assert open_kinds(engine) == []
