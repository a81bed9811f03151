"""Opens, touches, snoozes and closes incidents, and queues what Slack must be told."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cafe24.alerts.findings import Finding
from cafe24.alerts.recording import Recorded, recorded_together
from cafe24.alerts.tables import AlertMessage, Incident, IncidentKind
from cafe24.database.engine import database_errors


def open_or_touch(engine: Engine, finding: Finding, now: datetime) -> Recorded:
    """Record a finding: open its incident, or say that it is still there.

    Queues a message when the incident is new, when it got worse, and when the last
    one is older than `REMIND_AFTER` and nobody snoozed it. An incident of a milder kind
    that it makes needless goes on as this one; one of a worse kind already says it.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was recorded.
        TypeError: a fact is neither plain nor an aware time.
    """
    return recorded_together(engine, lambda recording: recording.open_or_touch(finding, now))


def close(
    engine: Engine, subject: str, kinds: Collection[IncidentKind], now: datetime
) -> list[Incident]:
    """Close the subject's open incidents of these kinds and queue their recovery messages.

    Returns those that this call closed; one that another process closed is not among them.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was closed.
    """
    return recorded_together(engine, lambda recording: recording.close(subject, kinds, now))


def snooze(engine: Engine, subject: str, until: datetime | None) -> list[Incident]:
    """Send no reminders about the subject's open incidents before `until`; None ends a snooze.

    A worse grade, the recovery and an incident that opens later still speak up.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was snoozed.
    """
    with database_errors(), Session(engine, expire_on_commit=False) as session:
        incidents = [one for one in _all_open(session) if one.subject == subject]
        for incident in incidents:
            incident.snoozed_until = until
            session.add(incident)
        session.commit()
        return incidents


def open_incidents(engine: Engine) -> list[Incident]:
    """Return all open incidents, by number.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    with database_errors(), Session(engine, expire_on_commit=False) as session:
        return list(_all_open(session))


def latest_incident(engine: Engine) -> Incident | None:
    """Return the incident that there was news of last, open or over.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    newest = (
        select(Incident)
        .where(col(AlertMessage.incident_id) == col(Incident.id))
        .order_by(col(AlertMessage.id).desc())
    )
    with database_errors(), Session(engine, expire_on_commit=False) as session:
        return session.exec(newest).first()


def _all_open(session: Session) -> Sequence[Incident]:
    query = select(Incident).where(col(Incident.closed_at).is_(None)).order_by(col(Incident.id))
    return session.exec(query).all()
