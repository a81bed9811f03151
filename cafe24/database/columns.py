"""Column types that mean the same on SQLite and PostgreSQL.

Money is exact on both (SQLite keeps it as text), times are aware UTC (SQLite
keeps ISO text), flags are booleans (SQLite keeps 0 and 1), JSON is kept as it
came.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Numeric, String
from sqlalchemy.types import TypeDecorator, TypeEngine

MONEY_DIGITS = 18
MONEY_DECIMALS = 2


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time. Naive ones are refused: they are how nine hours get lost."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use `timestamptz` where there is one, ISO text (32 characters) elsewhere."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn an aware time into UTC.

        Raises:
            ValueError: the time is naive.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without an offset cannot be stored.")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else iso(utc)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the time back aware, in UTC."""
        if value is None:
            return None
        found = value if dialect.name == "postgresql" else datetime.fromisoformat(value)
        return found.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount in the mall's currency."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use `numeric(18, 2)` on PostgreSQL, exact text on SQLite, which has no decimals."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(MONEY_DIGITS, MONEY_DECIMALS))
        return dialect.type_descriptor(String(MONEY_DIGITS + 3))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Write the amount exactly."""
        if value is None or dialect.name == "postgresql":
            return value
        return f"{value:.{MONEY_DECIMALS}f}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the amount back as it was written."""
        return None if value is None else Decimal(value)


def iso(moment: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC, which sorts as text.

    Such as `2026-11-23T05:05:41.000000Z`.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
