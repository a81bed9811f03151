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
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import itemgetter
from types import NoneType
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

Read = Callable[[Mapping[str, Any]], Sequence[Any]]
Fit = Callable[[Sequence[Any]], Iterable[Any]]
Groups = tuple[tuple[tuple[str, ...], Fit], ...]
"""The names of a record's fields in groups, each with what turns its values into a column's."""

_FLAGS = {"T": "1", "F": "0", True: "1", False: "0", None: None, "": None}
_TEXT_OR_NOTHING = frozenset({str, NoneType})
_LARGEST_MONEY = Decimal(10) ** (MONEY_DIGITS - MONEY_DECIMALS)
_REMEMBERED = 1 << 12
"""Values of a kind kept with what they became: prices and rates repeat. Memory stays small."""

_SHAPES = 64
"""Sets of fields remembered, a kind of record; a mall has one or two."""

_PLAIN_MONEY = re.compile(r"(0|[1-9]\d{0,15})\.\d\d", re.ASCII)
"""How Cafe24 writes nearly every amount, which is how the columns keep it."""

_KOREAN_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T([01]\d|2[0-3])(:[0-5]\d:[0-5]\d)\+09:00", re.ASCII)
"""How Cafe24 writes nearly every time."""

_UTC_HOURS = {f"{hour:02}": f"T{(hour - 9) % 24:02}" for hour in range(24)}
_UTC_MIDNIGHT = "09"
"""The Korean hour in which the day begins in UTC."""


class Fields:
    """The fields of one kind of record.

    Args:
        shape: the model whose fields they are.
        table: has a column for each; its type says what fits.

    Attributes:
        groups: the fields by what fits them.
        names: all of them, in the order of their values.
    """

    def __init__(self, shape: type[SQLModel], table: Table) -> None:
        groups: dict[Fit, list[str]] = {}
        for name in shape.model_fields:
            groups.setdefault(_fit_for(table.columns[name].type), []).append(name)
        self.groups: Groups = tuple((tuple(names), fit) for fit, names in groups.items())
        self.names = tuple(shape.model_fields)
        self._ways = lru_cache(_SHAPES)(self._way_for)

    def values(self, record: Mapping[str, Any]) -> Sequence[Any]:
        """Return the columns' values; a missing field is None.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: one does not fit.
        """
        readers, in_order = self._ways(tuple(record))
        values: list[Any] = [None]
        for read, fit in readers:
            values += fit(read(record))
        return in_order(values)

    def _way_for(
        self, given: tuple[str, ...]
    ) -> tuple[tuple[tuple[Read, Fit], ...], Callable[[list[Any]], Sequence[Any]]]:
        """Return how records that have just these fields are read: group by group, then in order.

        What is not there is not looked for: its place is that of the None before all others.
        The records of a mall have the same fields, so this is worked out once.
        """
        readers: list[tuple[Read, Fit]] = []
        places: dict[str, int] = {}
        for names, fit in self.groups:
            if there := [name for name in names if name in given]:
                readers.append((_reader(there), fit))
                places |= {name: len(places) + at for at, name in enumerate(there, start=1)}
        return tuple(readers), itemgetter(*(places.get(name, 0) for name in self.names))


def _reader(names: Sequence[str]) -> Read:
    if len(names) == 1:  # itemgetter would return its value alone
        (only,) = names
        return lambda record: (record[only],)
    return itemgetter(*names)


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


def _fit_for(column_type: TypeEngine[Any]) -> Fit:
    kinds: tuple[tuple[type[TypeEngine[Any]], Fit], ...] = (
        (Boolean, flags),
        (BigInteger, numbers),
        (Money, amounts),
        (Measure, measures),
        (UtcDateTime, moments),
        (RawJson, jsons),
    )
    return next((fit for kind, fit in kinds if isinstance(column_type, kind)), texts)
