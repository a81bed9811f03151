"""How each kind of field of Cafe24's becomes a column's value, or does not fit.

Money is text (sometimes a bare number), flags are "T" and "F", times carry their
offset or are Korean; "", null and a missing field are all "no value" wherever text is not meant.

A column's value is what both databases take as it stands: decimals and times as exact
text, which SQLite keeps and PostgreSQL reads, and flags as the text of 1 and 0: a bool
costs SQLite's driver ten times as much, and a number PostgreSQL refuses. Each kind has
a function for the values of all its fields in a record at once: this is the inside of
every sync, and most of its loops are C's.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import NoneType
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean
from sqlalchemy.types import TypeEngine

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

Fit = Callable[[Sequence[Any]], Iterable[Any]]
_FLAGS = {"T": "1", "F": "0", True: "1", False: "0", None: None, "": None}
_TEXT_OR_NOTHING = frozenset({str, NoneType})
_LARGEST_MONEY = Decimal(10) ** (MONEY_DIGITS - MONEY_DECIMALS)
_REMEMBERED = 1 << 12
"""Values of a kind kept with what they became: prices and rates repeat. Memory stays small."""

_PLAIN_MONEY = re.compile(r"(0|[1-9]\d{0,15})\.\d\d", re.ASCII)
"""How Cafe24 writes nearly every amount, which is how the columns keep it."""

_KOREAN_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T([01]\d|2[0-3])(:[0-5]\d:[0-5]\d)\+09:00", re.ASCII)
"""How Cafe24 writes nearly every time."""

_UTC_HOURS = {f"{hour:02}": f"T{(hour - 9) % 24:02}" for hour in range(24)}
_UTC_MIDNIGHT = "09"
"""The Korean hour in which the day begins in UTC."""


def texts(values: Sequence[Any]) -> Iterable[str | None]:
    """Return texts as they are, and bare numbers as text."""
    if _TEXT_OR_NOTHING.issuperset(map(type, values)):
        return values
    return map(_text, values)


def flags(values: Sequence[Any]) -> Iterable[str | None]:
    """Return T and F as the text of 1 and 0."""
    return map(_FLAGS.__getitem__, values)


def numbers(values: Sequence[Any]) -> Iterable[int | None]:
    """Return whole numbers that 64 bits hold."""
    return map(_number, values)


def measures(values: Sequence[Any]) -> Iterable[str | None]:
    """Return the exact numbers, with the decimals they were written with."""
    return map(_measure, values)


def amounts(values: Sequence[Any]) -> Iterable[str | None]:
    """Return the exact amounts, which must not need more digits than the column has."""
    return map(_amount, values)


def moments(values: Sequence[Any]) -> Iterable[str | None]:
    """Return times in UTC. One without an offset is Korean, as in Cafe24's token answers."""
    return map(_moment, values)


def jsons(values: Sequence[Any]) -> Iterable[str | None]:
    """Return lists and objects as JSON."""
    return [None if value is None else orjson.dumps(value).decode() for value in values]


def json_text(value: Any) -> str | None:
    """Return a list or an object as JSON."""
    return None if value is None else orjson.dumps(value).decode()


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if type(value) in {int, float}:
        return str(value)
    raise TypeError


@lru_cache(_REMEMBERED, typed=True)
def _number(value: str | float | None) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise TypeError
    found = Decimal(_plain(value) if isinstance(value, str) else value)
    if not abs(found) <= LARGEST_NUMBER or found != int(found):
        raise ValueError
    return int(found)


@lru_cache(_REMEMBERED, typed=True)
def _measure(value: str | float | None) -> str | None:
    found = _exact(value)
    return None if found is None else measure_text(found)


@lru_cache(_REMEMBERED, typed=True)
def _amount(value: str | float | None) -> str | None:
    if type(value) is str and _PLAIN_MONEY.fullmatch(value):
        return value
    amount = _exact(value)
    if amount is None:
        return None
    if abs(amount) >= _LARGEST_MONEY or amount != round(amount, MONEY_DECIMALS):
        raise InvalidOperation
    return money_text(amount)


def _exact(value: str | float | None) -> Decimal | None:
    if value is None or value == "":
        return None
    if type(value) is bool:
        raise TypeError
    found = Decimal(_plain(str(value)))
    if not found.is_finite() or abs(found.adjusted()) > MOST_DIGITS:
        raise InvalidOperation
    return found


def _plain(text: str) -> str:
    """Return the text, unless it is a number to Python alone, such as `1_000`."""
    if "_" in text:
        raise ValueError
    return text


def _moment(value: str | None) -> str | None:
    if value is None or value == "":
        return None
    if korean := _KOREAN_TIME.fullmatch(value):
        day, hour, rest = korean.groups()
        before, same = _utc_days(day)
        return f"{before if hour < _UTC_MIDNIGHT else same}{_UTC_HOURS[hour]}{rest}.000000Z"
    found = datetime.fromisoformat(value)
    return iso(found if found.tzinfo else found.replace(tzinfo=KOREA))


@lru_cache(_REMEMBERED)
def _utc_days(korean: str) -> tuple[str, str]:
    """Return the two days in UTC that a Korean one, such as `2026-11-23`, is part of."""
    day = date.fromisoformat(korean)
    return (day - timedelta(days=1)).isoformat(), korean


def fit_for(column_type: TypeEngine[Any]) -> Fit:
    """Return what turns the values of a column of this type into its own."""
    kinds: tuple[tuple[type[TypeEngine[Any]], Fit], ...] = (
        (Boolean, flags),
        (BigInteger, numbers),
        (Money, amounts),
        (Measure, measures),
        (UtcDateTime, moments),
        (RawJson, jsons),
    )
    return next((fit for kind, fit in kinds if isinstance(column_type, kind)), texts)
