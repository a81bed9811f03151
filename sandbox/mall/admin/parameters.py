"""Query parameters, read by Cafe24's rules: 422 with the parameter's name in brackets."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sandbox.mall.answers import unprocessable
from sandbox.mall.clock import read_moment

Query = Mapping[str, str]

MOST_VALUES = 100
_DATE_LENGTH = len("2018-01-03")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_MOST_DIGITS = 18
"""Beyond any number that is allowed, and short enough for int()."""


def whole_number(query: Query, name: str, label: str, allowed: range) -> int | None:
    """Return the number, or None when there is none.

    Raises:
        Refused: 422 when it is no number, or outside `allowed`.
    """
    text = query.get(name, "")
    if not text:
        return None
    if not _INTEGER.fullmatch(text):
        raise unprocessable(name, label, "must be a number.")
    number = int(text[: _MOST_DIGITS + 1])
    if number >= allowed.stop:
        raise unprocessable(name, label, f"must be less than {allowed.stop - 1}.")
    if number < allowed.start:
        raise unprocessable(name, label, f"must be {allowed.start} or more.")
    return number


def amount(query: Query, name: str) -> Decimal | None:
    """Return the sum of money or other decimal, or None when there is none.

    Raises:
        Refused: 422 when it is no number.
    """
    if name not in query:
        return None
    try:
        found = Decimal(query[name])
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise unprocessable(name, name, "must be a number.")
    return found


def flag(query: Query, name: str) -> str:
    """Return `T` or `F`.

    Raises:
        Refused: 422 when it is something else.
    """
    if query[name] not in {"T", "F"}:
        raise unprocessable(name, name, "must be T or F.")
    return query[name]


def moment(query: Query, name: str) -> datetime:
    """Return the time, in Korean time; without an offset it is Korean.

    A `+` that was not encoded as %2B arrives as a blank, and is no time.

    Raises:
        Refused: 422 when it is no time.
    """
    try:
        if _DATED.fullmatch(query[name]):
            return read_moment(query[name])
    except ValueError:
        pass
    raise unprocessable(name, name, "must be a date such as 2018-01-03.")


def is_date_only(text: str) -> bool:
    """Tell whether the parameter names a day rather than a time."""
    return len(text) == _DATE_LENGTH


def values(query: Query, name: str) -> set[str]:
    """Return the values of a comma list, which mean OR.

    Raises:
        Refused: 422 when they are more than a hundred.
    """
    found = names(query, name)
    if len(found) > MOST_VALUES:
        raise unprocessable(name, name, f"must be no more than {MOST_VALUES} values.")
    return set(found)


def names(query: Query, name: str) -> tuple[str, ...]:
    """Return the names in a comma list such as `fields` or `embed`."""
    return tuple(part.strip() for part in query.get(name, "").split(",") if part.strip())
