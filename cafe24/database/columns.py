"""Column types that mean the same on SQLite and PostgreSQL.

Money is exact on both (SQLite keeps it as text), times are aware UTC (SQLite
keeps ISO text), flags are booleans (SQLite keeps 0 and 1), JSON is kept as it
came. What these types do to a value one at a time, the bulk writer does to whole
rows: it asks `money_text` and `iso` too.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import JSON, DateTime, Dialect, Numeric, String, Text
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
        return money_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the amount back as it was written."""
        return None if value is None else Decimal(value)


class Measure(TypeDecorator[Decimal]):
    """An exact number with as many decimals as it came with, such as a weight or a rate."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use `numeric` on PostgreSQL, exact text on SQLite."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric())
        return dialect.type_descriptor(String(40))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Write the number exactly."""
        return value if value is None or dialect.name == "postgresql" else measure_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the number back as it was written."""
        return None if value is None else Decimal(value)


class RawJson(TypeDecorator[Any]):
    """JSON as it came: key order and number texts kept, never null for "no value"."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use `json` (not jsonb, which reorders keys) on PostgreSQL, text on SQLite."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Serialize, unless the driver does."""
        if value is None or dialect.name == "postgresql":
            return value
        return orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Give the parsed JSON back."""
        return orjson.loads(value) if isinstance(value, str) and dialect.name == "sqlite" else value


def money_text(amount: Decimal) -> str:
    """Return an amount as SQLite keeps it, such as `29900.00`."""
    return f"{amount:.{MONEY_DECIMALS}f}"


def measure_text(number: Decimal) -> str:
    """Return a number as SQLite keeps it, such as `0.125`, never with an exponent."""
    return f"{number:f}"


def iso(moment: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC, which sorts as text.

    Such as `2026-11-23T05:05:41.000000Z`.
    """
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")
