"""Opens, touches, snoozes and closes incidents, and queues what Slack must be told.

Two processes may find the same thing at once: the unique index lets one of them
open the incident, every later change names the state it was decided on, and
whoever comes second reads again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Update, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from cafe24.alerts.findings import Finding
from cafe24.alerts.growth import REMIND_AFTER, new_values, news
from cafe24.alerts.superseding import milder_than, told_first
from cafe24.alerts.tables import (
    AlertMessage,
    Fact,
    Incident,
    IncidentKind,
    Purpose,
)
from cafe24.database.engine import database_errors
from cafe24.errors import DatabaseAway
from cafe24.malls import MallId

TRIES = 5


@dataclass(frozen=True, slots=True)
class Recorded:
    """An incident as it now stands.

    Attributes:
        queued: the message that was queued, if any.
        is_new: whether this trouble is: its incident was opened, or took a milder one over.
    """

    incident: Incident
    queued: Purpose | None
    is_new: bool = False


def open_or_touch(engine: Engine, finding: Finding, now: datetime) -> Recorded:
    """Record a finding: open its incident, or say that it is still there.

    Queues a message when the incident is new, when it got worse, and when the last
    one is older than `REMIND_AFTER` and nobody snoozed it. An incident of a milder kind
    that it makes needless goes on as this one; one of a worse kind already says it.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was recorded.
        TypeError: a fact is neither plain nor an aware time.
    """
    facts = finding.plain_facts()
    with database_errors():
        for _ in range(TRIES):
            with Session(engine, expire_on_commit=False) as session:
                incident = _standing(session, finding)
                recorded = (
                    _open(session, finding, facts, now)
                    if incident is None
                    else _touch(session, incident, finding, facts, now)
                )
            if recorded is not None:
                return recorded
    raise DatabaseAway(f"The incident of {finding.subject} kept changing while it was written.")


def close(
    engine: Engine, subject: str, kinds: Collection[IncidentKind], now: datetime
) -> list[Incident]:
    """Close the subject's open incidents of these kinds and queue their recovery messages.

    Returns those that this call closed; one that another process closed is not among them.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was closed.
    """
    with database_errors(), Session(engine, expire_on_commit=False) as session:
        closed = [
            incident
            for incident in session.exec(_open_ones(subject, kinds)).all()
            if _changed(session, _still_open(incident).values(closed_at=now))
        ]
        for incident in closed:
            session.add(_message(incident, Purpose.recovered, now))
        session.commit()
        for incident in closed:
            session.refresh(incident)
        return closed


def snooze(engine: Engine, mall: MallId, until: datetime) -> list[Incident]:
    """Send no reminders about the mall's open incidents before `until`.

    A worse grade and the recovery still speak up.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was snoozed.
    """
    with database_errors(), Session(engine, expire_on_commit=False) as session:
        incidents = [one for one in _all_open(session) if one.mall_id == mall]
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


def _open(
    session: Session, finding: Finding, facts: dict[str, Fact], now: datetime
) -> Recorded | None:
    """Insert the incident; None when another process was first."""
    incident = Incident(
        mall_id=finding.mall_id,
        subject=finding.subject,
        kind=finding.kind.value,
        grade=finding.grade.value,
        facts=facts,
        run_url=finding.run_url,
        opened_at=now,
        last_seen_at=now,
        remind_at=now + REMIND_AFTER[finding.grade],
    )
    session.add(incident)
    try:
        session.flush()
    except IntegrityError:
        return None
    session.add(_message(incident, Purpose.opened, now))
    session.commit()
    return Recorded(incident, Purpose.opened, is_new=True)


def _standing(session: Session, finding: Finding) -> Incident | None:
    """Return the open incident that the finding belongs to."""
    kinds = told_first(finding.kind)
    found = {one.kind: one for one in session.exec(_open_ones(finding.subject, kinds)).all()}
    return next((found[kind] for kind in kinds if kind in found), None)


def _touch(
    session: Session, incident: Incident, finding: Finding, facts: dict[str, Fact], now: datetime
) -> Recorded | None:
    """Update the incident; None when it is not any more what was read."""
    is_new = incident.kind in milder_than(finding.kind)
    purpose = news(incident, finding, now)
    changes = new_values(incident, finding, facts, purpose, now)
    as_read = _still_open(incident).where(
        col(Incident.kind) == incident.kind,
        col(Incident.grade) == incident.grade,
        col(Incident.remind_at) == incident.remind_at,
    )
    try:
        if not _changed(session, as_read.values(changes)):
            return None
    except IntegrityError:
        return None
    if purpose is not None:
        session.add(_message(incident, purpose, now))
    session.commit()
    session.refresh(incident)
    return Recorded(incident, purpose, is_new)


def _still_open(incident: Incident) -> Update:
    return update(Incident).where(
        col(Incident.id) == incident.id, col(Incident.closed_at).is_(None)
    )


def _changed(session: Session, statement: Update) -> bool:
    statement = statement.execution_options(synchronize_session=False)
    return session.exec(statement).rowcount == 1


def _open_ones(subject: str, kinds: Collection[IncidentKind]) -> Any:
    return select(Incident).where(
        Incident.subject == subject,
        col(Incident.kind).in_([kind.value for kind in kinds]),
        col(Incident.closed_at).is_(None),
    )


def _all_open(session: Session) -> Sequence[Incident]:
    query = select(Incident).where(col(Incident.closed_at).is_(None)).order_by(col(Incident.id))
    return session.exec(query).all()


def _message(incident: Incident, purpose: Purpose, now: datetime) -> AlertMessage:
    return AlertMessage(
        incident_id=incident.number, purpose=purpose.value, queued_at=now, due_at=now
    )
