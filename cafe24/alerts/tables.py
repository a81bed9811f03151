"""The two tables of the alerts: what is wrong, and what Slack has yet to be told.

An incident's `id` is the number people see. At most one is open for a subject
and kind: the database itself refuses a second.
"""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from cafe24.database.columns import UtcDateTime

Fact = str | int | float | bool | None

_TIME: Any = UtcDateTime
_IS_OPEN = text("closed_at IS NULL")


class IncidentKind(StrEnum):
    """What can go wrong with a subject. Each has its texts in every language."""

    token_expiring = auto()
    token_overdue = auto()
    token_unfinished = auto()
    token_ambiguous = auto()
    token_spilled = auto()
    pair_set_aside = auto()
    store_rolled_back = auto()
    refresh_remark = auto()
    reauthorize = auto()
    refresh_failed = auto()
    app_refused = auto()
    scope_missing = auto()
    sync_failed = auto()
    deletion_braked = auto()
    sync_mismatch = auto()
    records_quarantined = auto()
    mall_unseen = auto()
    vault_signin_expiring = auto()
    slack_refused = auto()


class AlertGrade(StrEnum):
    """How much an incident hurries."""

    warning = auto()
    critical = auto()

    def outranks(self, other: str) -> bool:
        """Tell whether this is worse than `other`."""
        return self is AlertGrade.critical and other != self


class Purpose(StrEnum):
    """Why Slack is told about an incident."""

    opened = auto()
    escalated = auto()
    reminder = auto()
    recovered = auto()


class Incident(SQLModel, table=True):
    """One thing that is, or was, wrong with one subject. Times are UTC.

    Attributes:
        id: the number in the message.
        subject: what it is about: `mall:{mall_id}`, `app:{client_id}` or
            `credential:{name}`.
        grade: never falls while the incident is open.
        facts: plain facts for the message; never a secret. Times in them are RFC 3339.
        remind_at: when the next check that still finds it tells Slack again.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "incident_one_open",
            "subject",
            "kind",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        # Without it SQLite hands a pruned incident's number to the next one.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    mall_id: str | None = Field(default=None, index=True)
    subject: str
    kind: str
    grade: str
    facts: dict[str, Fact] = Field(default_factory=dict, sa_type=JSON)
    run_url: str | None = None
    opened_at: datetime = Field(sa_type=_TIME)
    last_seen_at: datetime = Field(sa_type=_TIME)
    remind_at: datetime = Field(sa_type=_TIME)
    escalated_at: datetime | None = Field(default=None, sa_type=_TIME)
    snoozed_until: datetime | None = Field(default=None, sa_type=_TIME)
    closed_at: datetime | None = Field(default=None, sa_type=_TIME)

    @property
    def number(self) -> int:
        """The number people see; only a stored incident has one."""
        assert self.id is not None
        return self.id


class AlertMessage(SQLModel, table=True):
    """One line of the outbox: an incident that Slack must be told about. Times are UTC.

    Attributes:
        due_at: when it may be sent; a sender that claims it moves it ahead, so that
            a claim lapses by itself.
        attempts: how often it was claimed; 1 before sending means it was tried before.
        channel: where it went, by a name that is no secret.
        slack_ts: the message that belongs to this incident alone, where the channel
            gives one; empty after a webhook or a digest.
    """

    __tablename__ = "alert_message"
    __table_args__: ClassVar[Any] = (
        Index("alert_message_due", "sent_at", "due_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    purpose: str
    queued_at: datetime = Field(sa_type=_TIME)
    due_at: datetime = Field(sa_type=_TIME)
    sent_at: datetime | None = Field(default=None, sa_type=_TIME)
    attempts: int = 0
    last_error: str = ""
    channel: str = ""
    slack_ts: str = ""

    @property
    def number(self) -> int:
        """The line's number; only a stored line has one."""
        assert self.id is not None
        return self.id
