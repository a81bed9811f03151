"""The outbox in SQL: what is due, claims, receipts.

A line is claimed by moving its due time ahead in one conditional update, so two
senders never send the same one, and a sender that died gives it back by itself.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

from sqlalchemy import ColumnElement, Engine, func, update
from sqlmodel import Session, col, select

from cafe24.alerts.channel import Receipt
from cafe24.alerts.news import News
from cafe24.alerts.tables import AlertGrade, AlertMessage, Incident, Purpose
from cafe24.database.engine import database_errors

# Longer than one message can take: three tries of ten seconds and the waits between; and than
# that by what hosts' clocks may differ, on both sides.
CLAIM = timedelta(minutes=5)
CLOCKS_APART = timedelta(minutes=2)
"""What one host queues is due to another at once whose clock is behind by no more than this."""

_STRONGEST_FIRST = (Purpose.recovered, Purpose.opened, Purpose.escalated, Purpose.reminder)


@dataclass(frozen=True, slots=True)
class Due:
    """The due lines of one incident, told together.

    Attributes:
        tried_since: when the oldest line was queued that a sender already tried; None
            when none was.
        earlier: the message that belongs to this incident alone, if there is one.
    """

    news: News
    tried_since: datetime | None
    earlier: Receipt | None

    @property
    def is_mild(self) -> bool:
        """Whether it can wait until the critical ones are told."""
        return self.news.incident.grade != AlertGrade.critical


def due(engine: Engine, now: datetime) -> list[Due]:
    """Return what is due, critical incidents first.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    query = (
        select(AlertMessage, Incident)
        .where(col(AlertMessage.incident_id) == col(Incident.id), *_is_due(now))
        .order_by(col(AlertMessage.incident_id), col(AlertMessage.id))
    )
    with database_errors(), Session(engine, expire_on_commit=False) as session:
        rows = session.exec(query).all()
        earlier = _earlier(session, {incident.number for _, incident in rows})
    found = list(_grouped(rows, earlier))
    return sorted(found, key=lambda one: one.is_mild)


def claim(engine: Engine, message_ids: Collection[int], now: datetime) -> set[int]:
    """Claim lines for sending; return those that no other sender has.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was claimed.
    """
    statement = (
        update(AlertMessage)
        .where(col(AlertMessage.id).in_(message_ids), *_is_due(now))
        .values(due_at=now + CLAIM, attempts=col(AlertMessage.attempts) + 1)
        .returning(cast("ColumnElement[int]", AlertMessage.id))
    )
    with database_errors(), engine.begin() as connection:
        return set(connection.scalars(statement))


def record(engine: Engine, message_ids: Collection[int], receipt: Receipt, now: datetime) -> None:
    """Write down that lines were sent.

    Raises:
        DatabaseAway, DatabaseUnusable: not written; the lines will be sent again.
    """
    _set(
        engine,
        message_ids,
        sent_at=now,
        channel=receipt.channel,
        slack_ts=receipt.slack_ts,
        last_error="",
    )


def give_back(engine: Engine, message_ids: Collection[int], due_at: datetime, error: str) -> None:
    """Return claimed lines to the outbox.

    Raises:
        DatabaseAway, DatabaseUnusable: not written; the claim lapses by itself.
    """
    _set(engine, message_ids, due_at=due_at, last_error=error)


def waiting(engine: Engine) -> int:
    """Return how many lines are not sent yet.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    query = select(func.count()).where(col(AlertMessage.sent_at).is_(None))
    with database_errors(), Session(engine) as session:
        return session.exec(query).one()


def _is_due(now: datetime) -> tuple[Any, Any]:
    return col(AlertMessage.sent_at).is_(None), col(AlertMessage.due_at) <= now + CLOCKS_APART


def _grouped(
    rows: Sequence[tuple[AlertMessage, Incident]], earlier: dict[int, Receipt]
) -> Iterator[Due]:
    for _, group in groupby(rows, key=lambda row: row[1].number):
        pairs = list(group)
        incident, lines = pairs[0][1], [line for line, _ in pairs]
        tried = [line.queued_at for line in lines if line.attempts]
        yield Due(
            news=News(incident, _strongest(lines), tuple(line.number for line in lines)),
            tried_since=min(tried, default=None),
            earlier=earlier.get(incident.number),
        )


def _strongest(lines: Collection[AlertMessage]) -> Purpose:
    """Return what to say when several lines of one incident are told at once."""
    asked = {line.purpose for line in lines}
    return next(purpose for purpose in _STRONGEST_FIRST if purpose.value in asked)


def _earlier(session: Session, numbers: Collection[int]) -> dict[int, Receipt]:
    query = (
        select(AlertMessage)
        .where(col(AlertMessage.incident_id).in_(numbers), AlertMessage.slack_ts != "")
        .order_by(col(AlertMessage.id))
    )
    return {line.incident_id: Receipt(line.channel, line.slack_ts) for line in session.exec(query)}


def _set(engine: Engine, message_ids: Collection[int], **values: Any) -> None:
    statement = update(AlertMessage).where(col(AlertMessage.id).in_(message_ids)).values(values)
    with database_errors(), engine.begin() as connection:
        connection.execute(statement)
