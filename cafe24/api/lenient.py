"""JSON as it should not be, read so that one odd value costs its record and not its page.

Python's parser takes what the strict one refuses or bends: NaN, half a surrogate
pair, numbers of any length. A value that cannot be kept exactly becomes an
`Unkeepable`, which fits no column and goes into no raw record. Of a field that
stands twice in an object the last value counts, as it does for the strict parser.
"""

import json
import re
from decimal import Decimal
from math import isfinite
from typing import Any

DEEPEST = 200
"""Levels; the strict parser writes back 254, Python's own stops near a thousand."""

SUSPECT = b"0" * 18
"""A run of digits and points that may be more than 64 bits or a double hold."""

_AS_ZEROS = bytes.maketrans(b"123456789.", b"0000000000")
_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_IN_PLACE = "-1e999999999"
"""Stands where something was nested too deeply: a number that nobody writes."""


class Unkeepable:
    """A value that neither a column nor a record can hold exactly."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        """Return the value as it was written."""
        return self._text


def has_suspects(body: bytes) -> bool:
    """Tell whether a number may stand in `body` that the strict parser would round.

    Long digits within a text are suspects too; they only cost the slower parser.
    """
    return SUSPECT in body.translate(_AS_ZEROS)


def lenient(body: bytes) -> Any:
    """Return the JSON in `body`, with an `Unkeepable` for each value that is one.

    Raises:
        ValueError: it is not JSON.
    """
    return json.loads(
        _shallow(body), parse_int=_whole, parse_float=_exact, parse_constant=Unkeepable
    )


def _whole(text: str) -> int | Unkeepable:
    # Longer ones are not even read: Python refuses thousands of digits.
    if len(text) <= len(str(-(2**64))):
        number = int(text)
        if -(2**63) <= number < 2**64:
            return number
    return Unkeepable(text)


def _exact(text: str) -> float | Unkeepable:
    if text == _IN_PLACE:
        return Unkeepable(f"something nested deeper than {DEEPEST} levels")
    number = float(text)
    if isfinite(number) and Decimal(repr(number)) == Decimal(text):
        return number
    return Unkeepable(text)


def _shallow(body: bytes) -> bytes:
    """Return the body with a number in place of everything nested too deeply."""
    pieces: list[bytes] = []
    depth = kept_to = 0
    for found in _TOKENS.finditer(body):
        token = found.group()
        if token in b"[{":
            depth += 1
            if depth == DEEPEST + 1:
                pieces += (body[kept_to : found.start()], _IN_PLACE.encode())
        elif token in b"]}":
            if depth == DEEPEST + 1:
                kept_to = found.end()
            depth -= 1
    if depth > 0 and pieces:
        raise ValueError("cut off within something nested deeply")
    return b"".join([*pieces, body[kept_to:]])
