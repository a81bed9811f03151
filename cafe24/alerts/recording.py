"""Writes incidents together: all of them, or none.

A step that is tried again after the database failed must not find half of its own
work and call it known. Two processes may find the same thing at once: the unique
index lets one of them open the incident, every later change names the state it was
decided on, and whoever comes second begins again.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, Update, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from cafe24.alerts.findings import Finding
from cafe24.alerts.growth import REMIND_AFTER, is_more_than, new_values, news
from cafe24.alerts.superseding import told_first
from cafe24.alerts.tables import AlertMessage, Incident, IncidentKind, Purpose
from cafe24.database.engine import database_errors
from cafe24.errors import DatabaseAway

TRIES = 5

T = TypeVar("T")


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


def recorded_together(engine: Engine, work: Callable[["Recording"], T]) -> T:
    """Return what `work` makes of a recording, once all of it is written.

    `work` is called again from the start when another process changed what it had read.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was recorded.
    """
    with database_errors():
        for _ in range(TRIES):
            with Session(engine, expire_on_commit=False) as session:
                try:
                    made = work(Recording(session))
                    session.commit()
                except (_SomebodyWasFirst, IntegrityError):
                    continue
                return made
    raise DatabaseAway("The incidents kept changing while they were written.")


class _SomebodyWasFirst(Exception):
    """What was read is not any more what stands there."""


class Recording:
    """One transaction over incidents and the outbox."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open_or_touch(self, finding: Finding, now: datetime) -> Recorded:
        """See `cafe24.alerts.incidents.open_or_touch`."""
        incident = self._standing(finding)
        if incident is None:
            return self._open(finding, now)
        return self._touch(incident, finding, now)

    def close(self, subject: str, kinds: Collection[IncidentKind], now: datetime) -> list[Incident]:
        """See `cafe24.alerts.incidents.close`."""
        closed = [
            incident
            for incident in self._open_ones(subject, kinds)
            if self._changed(_still_open(incident).values(closed_at=now))
        ]
        for incident in closed:
            self._session.refresh(incident)
            self._session.add(_message(incident, Purpose.recovered, now))
        return closed

    def _open(self, finding: Finding, now: datetime) -> Recorded:
        incident = Incident(
            mall_id=finding.mall_id,
            subject=finding.subject,
            kind=finding.kind.value,
            grade=finding.grade.value,
            facts=finding.plain_facts(),
            run_url=finding.run_url,
            opened_at=now,
            last_seen_at=now,
            remind_at=now + REMIND_AFTER[finding.grade],
        )
        self._session.add(incident)
        self._session.flush()
        self._session.add(_message(incident, Purpose.opened, now))
        return Recorded(incident, Purpose.opened, is_new=True)

    def _touch(self, incident: Incident, finding: Finding, now: datetime) -> Recorded:
        is_new = is_more_than(finding, incident)
        purpose = news(incident, finding, now)
        changes = new_values(incident, finding, finding.plain_facts(), purpose, now)
        as_read = _still_open(incident).where(
            col(Incident.kind) == incident.kind,
            col(Incident.grade) == incident.grade,
            col(Incident.remind_at) == incident.remind_at,
            # Whoever adds malls to an incident must have read all that are in it.
            col(Incident.last_seen_at) == incident.last_seen_at,
        )
        if not self._changed(as_read.values(changes)):
            raise _SomebodyWasFirst
        if purpose is not None:
            self._session.add(_message(incident, purpose, now))
        self._session.refresh(incident)
        return Recorded(incident, purpose, is_new)

    def _standing(self, finding: Finding) -> Incident | None:
        """Return the open incident that the finding belongs to."""
        kinds = told_first(finding.kind)
        found = {one.kind: one for one in self._open_ones(finding.subject, kinds)}
        standing = next((found[kind] for kind in kinds if kind in found), None)
        if standing is None and finding.instead_of:
            others = self.open_of(finding.kind)
            return next((one for one in others if one.subject in finding.instead_of), None)
        return standing

    def open_of(self, kind: IncidentKind) -> list[Incident]:
        """Return the open incidents of this kind, whatever they are about, by number."""
        query = select(Incident).where(
            Incident.kind == kind.value, col(Incident.closed_at).is_(None)
        )
        return list(self._session.exec(query.order_by(col(Incident.id))))

    def _open_ones(self, subject: str, kinds: Collection[IncidentKind]) -> list[Incident]:
        query = select(Incident).where(
            Incident.subject == subject,
            col(Incident.kind).in_([kind.value for kind in kinds]),
            col(Incident.closed_at).is_(None),
        )
        return list(self._session.exec(query))

    def _changed(self, statement: Update) -> bool:
        statement = statement.execution_options(synchronize_session=False)
        changed: Any = self._session.exec(statement)
        return bool(changed.rowcount == 1)


def _still_open(incident: Incident) -> Update:
    return update(Incident).where(
        col(Incident.id) == incident.id, col(Incident.closed_at).is_(None)
    )


def _message(incident: Incident, purpose: Purpose, now: datetime) -> AlertMessage:
    return AlertMessage(
        incident_id=incident.number, purpose=purpose.value, queued_at=now, due_at=now
    )
