"""The grades of credentials, and the table that keeps the last of each.

Nothing of Vault is imported here: who tells Slack of a grade needs no Vault, and a run
that takes seconds to start is an alert that comes seconds later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, select

from cafe24.database.columns import UtcDateTime
from cafe24.database.engine import database_errors
from cafe24.malls import MallId

WARNING_BELOW = timedelta(days=3)

SLACK = "slack"
"""The name of the channels that alerts go to, as a credential."""

_TIME: Any = UtcDateTime


class Grade(IntEnum):
    """From good to bad; what is worse is greater."""

    ok = 0
    unfinished = 1
    overdue = 2
    warning = 3
    critical = 4
    expired = 5
    reauthorize = 6

    @property
    def needs_person(self) -> bool:
        """Whether no refresh can be relied on to cure it in time."""
        return self >= Grade.critical


@dataclass(frozen=True, slots=True)
class GradedCredential:
    """A credential's grade.

    Attributes:
        name: `mall:{mall_id}`, `vault:keeper`, `vault:monitor` or `slack`.
        expires_at: when it ends, aware UTC; None when it does not or is unknown.
        wants_refresh: whether a refresh may cure it and should be started.
        is_unseen: whether its dates could not be seen, so that nothing is known of it.
        reason: why it has this grade, for people.
    """

    name: str
    grade: Grade
    expires_at: datetime | None
    checked_at: datetime
    mall_id: MallId | None = None
    issued_at: datetime | None = None
    generation: int | None = None
    wants_refresh: bool = False
    is_unseen: bool = False
    reason: str = ""

    @property
    def days_left(self) -> float | None:
        """Days until it ends; negative when it has ended; None when unknown."""
        if self.expires_at is None:
            return None
        return (self.expires_at - self.checked_at) / timedelta(days=1)


class CredentialGrade(SQLModel, table=True):
    """The last grade of each credential. Times are UTC."""

    __tablename__ = "credential_grade"

    name: str = Field(primary_key=True)
    mall_id: str | None = Field(default=None, index=True)
    grade: str
    reason: str = ""
    expires_at: datetime | None = Field(default=None, sa_type=_TIME)
    issued_at: datetime | None = Field(default=None, sa_type=_TIME)
    generation: int | None = None
    checked_at: datetime = Field(sa_type=_TIME)


GRADE = SQLModel.metadata.tables["credential_grade"]


def store_grades(engine: Engine, graded: Iterable[GradedCredential]) -> None:
    """Keep each credential's last grade.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was stored.
    """
    # In one order, so that two checks at once do not wait for each other in a circle.
    rows = sorted((_row(one) for one in graded), key=itemgetter("name"))
    if not rows:
        return
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(GRADE)
    told = {name: insert.excluded[name] for name in rows[0] if name != "name"}
    # One statement for all: ten thousand malls one by one take ten seconds.
    upsert = insert.on_conflict_do_update(index_elements=[GRADE.c.name], set_=told)
    with database_errors(), engine.begin() as connection:
        connection.execute(upsert, rows)


def _row(one: GradedCredential) -> dict[str, Any]:
    return {
        "name": one.name,
        "mall_id": one.mall_id,
        "grade": one.grade.name,
        "reason": one.reason,
        "expires_at": one.expires_at,
        "issued_at": one.issued_at,
        "generation": one.generation,
        "checked_at": one.checked_at,
    }


def stored_grades(engine: Engine) -> list[CredentialGrade]:
    """Return the last grade of every credential, by name.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    with database_errors(), Session(engine) as session:
        return list(session.exec(select(CredentialGrade).order_by(CredentialGrade.name)))
