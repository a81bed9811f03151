"""What is odd about pairs that are safe: a person should look, and no run fails for it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from anyio import to_thread
from prefect import task
from sqlalchemy import Engine

from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.incidents import open_incidents
from cafe24.alerts.recording import Recording, recorded_together
from cafe24.alerts.tables import AlertGrade, Fact, IncidentKind
from cafe24.tokens.outcome import Refresh
from tasks.database import opened_database
from tasks.each_mall import Answer
from tasks.links import run_url
from tasks.patience import PATIENTLY


@task(name="record remarks", **PATIENTLY)
async def record_remarks(answers: Sequence[Answer[Refresh]]) -> None:
    """Open an incident where a refresh left a remark; a new pair without one ends it."""
    refreshes = [answer.value for answer in answers if answer.value is not None]
    told = [one for one in refreshes if one.unfinished or one.outcome == "refreshed"]
    if told:
        async with opened_database() as engine:
            await to_thread.run_sync(_record, engine, told, datetime.now(UTC), run_url())


def _record(engine: Engine, told: Sequence[Refresh], now: datetime, seen_in: str | None) -> None:
    odd = {one.mall_id for one in open_incidents(engine) if one.kind == IncidentKind.refresh_remark}

    def work(recording: Recording) -> None:
        for refresh in told:
            if refresh.unfinished:
                recording.open_or_touch(_finding(refresh, seen_in), now)
            elif refresh.mall_id in odd:
                subject = mall_subject(refresh.mall_id)
                recording.close(subject, {IncidentKind.refresh_remark}, now)

    recorded_together(engine, work)


def _finding(refresh: Refresh, seen_in: str | None) -> Finding:
    facts: dict[str, Fact | datetime] = {
        "reason": " ".join(refresh.unfinished),
        "expires_at": refresh.refresh_expires_at,
    }
    kind, mall = IncidentKind.refresh_remark, refresh.mall_id
    return Finding(mall_subject(mall), kind, AlertGrade.warning, mall, facts, seen_in)
