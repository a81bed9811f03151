"""The SQL ledger of grants: who spent which token, when, and what came of it.

Append-only and written after the save: it explains losses, and it notices a
Vault that was rolled back. It holds fingerprints, never tokens.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import Field, Session, SQLModel, col, select

from cafe24.database.columns import UtcDateTime
from cafe24.database.engine import database_errors
from cafe24.malls import MallId
from cafe24.tokens.outcome import GrantRecord

ASKED_AT_ONCE = 1000
"""Malls in one question: SQLite takes so many parameters, and some more."""

_TIME: Any = UtcDateTime


class TokenGrant(SQLModel, table=True):
    """One call of the token endpoint, as its keeper saw it. Times are Vault's, UTC."""

    __tablename__ = "token_grant"

    id: int | None = Field(default=None, primary_key=True)
    environment: str
    mall_id: str = Field(index=True)
    lineage: str
    generation: int
    fingerprint: str
    owner: str
    host: str
    started_at: datetime = Field(sa_type=_TIME)
    finished_at: datetime = Field(sa_type=_TIME)
    outcome: str
    reason: str = ""


class Ledger:
    """Appends grants, and knows the highest generation that was ever seen."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, *records: GrantRecord) -> None:
        """Write a line for each, all of them or none.

        Raises:
            DatabaseAway, DatabaseUnusable: none was written; the grants themselves are safe.
        """
        lines = [
            TokenGrant(**{name: getattr(record, name) for name in GrantRecord.__slots__})
            for record in records
        ]
        with database_errors(), Session(self._engine) as session:
            session.add_all(lines)
            session.commit()

    def known(self, mall: MallId) -> dict[str, int]:
        """Return the highest generation ever recorded of each of the mall's lineages.

        Raises:
            DatabaseAway, DatabaseUnusable: unknown.
        """
        return self.known_of_all([mall])[mall]

    def known_of_all(self, malls: Sequence[MallId]) -> dict[MallId, dict[str, int]]:
        """Return the same for each of many malls, by few questions.

        Raises:
            DatabaseAway, DatabaseUnusable: unknown.
        """
        known: dict[MallId, dict[str, int]] = {mall: {} for mall in malls}
        with database_errors(), Session(self._engine) as session:
            for start in range(0, len(malls), ASKED_AT_ONCE):
                query = _HIGHEST.where(col(TokenGrant.mall_id).in_(malls[start:][:ASKED_AT_ONCE]))
                for mall, lineage, generation in session.exec(query):
                    known[MallId(mall)][lineage] = generation
        return known


_HIGHEST = select(TokenGrant.mall_id, TokenGrant.lineage, func.max(TokenGrant.generation)).group_by(
    col(TokenGrant.mall_id), col(TokenGrant.lineage)
)
