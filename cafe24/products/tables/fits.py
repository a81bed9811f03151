"""How each kind of field of Cafe24's becomes a column's value, or does not fit.

Money is text (sometimes a bare number), flags are "T" and "F", times carry their
offset or are Korean; "", null and a missing field are all "no value" wherever text is not meant.
Each function here is called for every field of every record.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Table
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from cafe24.api.pages import KOREA
from cafe24.database.columns import (
    MONEY_DECIMALS,
    MONEY_DIGITS,
    Measure,
    Money,
    RawJson,
    UtcDateTime,
    iso,
    measure_text,
    money_text,
)

LARGEST_NUMBER = 2**63 - 1
MOST_DIGITS = 30
"""Before or behind the point; more is no amount, rate or weight, and `1e999999999` is a trap."""

MISFITS = (KeyError, TypeError, ValueError, ArithmeticError)
"""What the functions here raise for a value that does not fit."""

Fit = Callable[[Any], Any]
Fields = tuple[tuple[tuple[str, ...], Fit], ...]
"""The names of a record's fields in groups, each with what turns its values into a column's."""

_FLAGS = {"T": True, "F": False, True: True, False: False, None: None, "": None}
_LARGEST_MONEY = Decimal(10) ** (MONEY_DIGITS - MONEY_DECIMALS)


def fields_of(shape: type[SQLModel], table: Table, *, as_text: bool) -> Fields:
    """Return the fields of `shape`, grouped by their column types in `table`.

    With `as_text`, decimals and times come out as the text that SQLite keeps.
    """
    groups: dict[Fit, list[str]] = {}
    for name in shape.model_fields:
        fit = _fit_for(table.columns[name].type)
        groups.setdefault(_AS_TEXT.get(fit, fit) if as_text else fit, []).append(name)
    return tuple((tuple(names), fit) for fit, names in groups.items())


def names_of(fields: Fields) -> tuple[str, ...]:
    """Return the names of all the fields."""
    return tuple(name for names, _ in fields for name in names)


def text(value: Any) -> str | None:
    """Return text as it is, and a bare number as text."""
    if value is None or type(value) is str:
        return value
    if type(value) in {int, float}:
        return str(value)
    raise TypeError


def flag(value: Any) -> bool | None:
    """Return T and F as a boolean."""
    return _FLAGS[value]


@lru_cache(maxsize=1 << 12, typed=True)
def number(value: str | float | None) -> int | None:
    """Return a whole number that 64 bits hold."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise TypeError
    found = Decimal(_plain(value) if isinstance(value, str) else value)
    if not abs(found) <= LARGEST_NUMBER or found != int(found):
        raise ValueError
    return int(found)


@lru_cache(maxsize=1 << 14, typed=True)
def measure(value: str | float | None) -> Decimal | None:
    """Return the exact number, with the decimals it was written with."""
    if value is None or value == "":
        return None
    if type(value) is bool:
        raise TypeError
    found = Decimal(_plain(str(value)))
    if not found.is_finite() or abs(found.adjusted()) > MOST_DIGITS:
        raise InvalidOperation
    return found


@lru_cache(maxsize=1 << 16, typed=True)
def money(value: str | float | None) -> Decimal | None:
    """Return the exact amount, which must not need more digits than the column has."""
    amount = measure(value)
    if amount is None:
        return None
    if abs(amount) >= _LARGEST_MONEY or amount != round(amount, MONEY_DECIMALS):
        raise InvalidOperation
    return amount


def _plain(text: str) -> str:
    """Return the text, unless it is a number to Python alone, such as `1_000`."""
    if "_" in text:
        raise ValueError
    return text


def moment(value: str | None) -> datetime | None:
    """Return the time in UTC. One without an offset is Korean, as in Cafe24's token answers."""
    if value is None or value == "":
        return None
    found = datetime.fromisoformat(value)
    return (found if found.tzinfo else found.replace(tzinfo=KOREA)).astimezone(UTC)


@lru_cache(maxsize=1 << 16, typed=True)
def money_as_text(value: str | float | None) -> str | None:
    """Return the exact amount as SQLite keeps it."""
    amount = money(value)
    return None if amount is None else money_text(amount)


@lru_cache(maxsize=1 << 14, typed=True)
def measure_as_text(value: str | float | None) -> str | None:
    """Return the exact number as SQLite keeps it."""
    found = measure(value)
    return None if found is None else measure_text(found)


def moment_as_text(value: str | None) -> str | None:
    """Return the time as SQLite keeps it."""
    found = moment(value)
    return None if found is None else iso(found)


def json_text(value: Any) -> str | None:
    """Return a list or an object as JSON."""
    return None if value is None else orjson.dumps(value).decode()


_AS_TEXT: dict[Fit, Fit] = {
    money: money_as_text,
    measure: measure_as_text,
    moment: moment_as_text,
}


def _fit_for(column_type: TypeEngine[Any]) -> Fit:
    kinds: tuple[tuple[type[TypeEngine[Any]], Fit], ...] = (
        (Boolean, flag),
        (BigInteger, number),
        (Money, money),
        (Measure, measure),
        (UtcDateTime, moment),
        (RawJson, json_text),
    )
    return next((fit for kind, fit in kinds if isinstance(column_type, kind)), text)
