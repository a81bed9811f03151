"""What a sync that ended well left for a person to look at, and no run fails for it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from anyio import to_thread
from prefect import task
from sqlalchemy import Engine

from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.incidents import open_incidents
from cafe24.alerts.recording import Recording, recorded_together
from cafe24.alerts.tables import AlertGrade, Incident, IncidentKind
from cafe24.malls import MallId
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.runs import last_outcomes
from tasks.database import opened_database
from tasks.each_mall import Answer
from tasks.links import run_url
from tasks.patience import PATIENTLY
from tasks.products import Synced

LASTING = 2
"""One sync may count amid a change; a second that disagrees does not."""


@task(name="record what the syncs left", **PATIENTLY)
async def record_leftovers(answers: Sequence[Answer[Synced]]) -> None:
    """Open an incident where counts disagree again or records are set aside; end it after.

    A stock refresh counts nothing and says nothing of either.
    """
    synced = {one.mall_id: one.value for one in answers if one.value and _was_read(one.value)}
    if synced:
        async with opened_database() as engine:
            await to_thread.run_sync(record, engine, synced, datetime.now(UTC), run_url())


def record(
    engine: Engine, synced: dict[MallId, Synced], now: datetime, seen_in: str | None
) -> None:
    """Write what every mall's sync left: all of it, or nothing.

    Raises:
        DatabaseAway, DatabaseUnusable: run again; nothing is doubled.
    """
    lasting = {mall for mall, one in synced.items() if _disagrees_again(engine, one)}
    mismatched, told = (
        {one.mall_id: one for one in open_incidents(engine) if one.kind == kind}
        for kind in (IncidentKind.sync_mismatch, IncidentKind.records_quarantined)
    )

    def work(recording: Recording) -> None:
        for mall, one in synced.items():
            if mall in lasting:
                recording.open_or_touch(_mismatch(mall, one, seen_in), now)
            elif one.is_proved and mall in mismatched:
                recording.close(mall_subject(mall), {IncidentKind.sync_mismatch}, now)
            count = sum(report.quarantined for report in one.reports)
            if not count and mall in told:
                recording.close(mall_subject(mall), {IncidentKind.records_quarantined}, now)
            elif count and _is_news(told.get(mall), count, now):
                recording.open_or_touch(_quarantined(mall, count, seen_in), now)

    recorded_together(engine, work)


def _is_news(told: Incident | None, count: int, now: datetime) -> bool:
    """Tell whether a person should hear of the records; of more of them, once a day."""
    if told is None:
        return True
    return told.remind_at <= now and count > int(told.facts.get("quarantined") or 0)


def _was_read(synced: Synced) -> bool:
    return all(report.mode != "stock" for report in synced.reports)


def _disagrees_again(engine: Engine, synced: Synced) -> bool:
    return any(
        last_outcomes(engine, Shop(report.mall_id, report.shop_no), LASTING)
        == ["mismatch"] * LASTING
        for report in synced.reports
        if report.outcome == "mismatch"
    )


def _mismatch(mall: MallId, synced: Synced, seen_in: str | None) -> Finding:
    told = [
        f"Shop {one.shop_no}: the mall counts {one.source}, {one.stored} are held."
        for one in synced.reports
        if one.outcome == "mismatch"
    ]
    facts = {"reason": " ".join(told)}
    kind, grade = IncidentKind.sync_mismatch, AlertGrade.warning
    return Finding(mall_subject(mall), kind, grade, mall, facts, seen_in)


def _quarantined(mall: MallId, count: int, seen_in: str | None) -> Finding:
    kind, grade = IncidentKind.records_quarantined, AlertGrade.warning
    return Finding(mall_subject(mall), kind, grade, mall, {"quarantined": count}, seen_in)
