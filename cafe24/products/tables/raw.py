"""A record as text: kept as it came, told apart by its hash, set aside when it fits nothing."""

import json
from hashlib import blake2b
from typing import Any

import orjson

LONGEST_QUARANTINED = 100_000
LONGEST_SHOWN = 60

_PIECE = 2047
_NUL, _BACKSLASH = rb"\u0000", rb"\\"


class Misfit(ValueError):
    """A record that fits no row; the text says which field and why."""


def raw_json(value: Any) -> bytes:
    """Return the value as JSON, its keys in the order they came.

    Raises:
        Misfit: it holds what no database text can: NUL characters, or halves of
            surrogate pairs.
    """
    try:
        raw = orjson.dumps(value, default=_refused)
    except TypeError as refusal:
        raise Misfit(_why(refusal)) from None
    # The first is found missing at once, and most records have none.
    if b"\\" in raw and _NUL in raw and _NUL in raw.replace(_BACKSLASH, b""):
        raise Misfit("the record holds a NUL character")
    return raw


def _refused(value: Any) -> None:
    raise Misfit(f"the record holds {str(value)[:LONGEST_SHOWN]}, which JSON cannot keep exactly")


def _why(refusal: TypeError) -> str:
    if isinstance(refusal.__cause__, Misfit):
        return str(refusal.__cause__)
    if "ecursion" in str(refusal):
        return "the record is nested too deeply"
    return "the record holds text or numbers that are no valid JSON"


def digest(raw: bytes) -> str:
    """Return the hash that tells whether a record changed.

    Fed in small pieces: with more at once the library lets go of the interpreter
    for each record, and the reading thread is slow to give it back.
    """
    state = blake2b(digest_size=16)
    for start in range(0, len(raw), _PIECE):
        state.update(raw[start : start + _PIECE])
    return state.hexdigest()


def value_digest(value: Any) -> str:
    """Return the same of a value that may be kept nowhere exactly."""
    try:
        return digest(raw_json(value))
    except Misfit:
        return digest(quarantine_text(value).encode())


def quarantine_text(record: Any) -> str:
    """Return a misfit as plain ASCII JSON that any database can hold, cut to a limit."""
    try:
        return json.dumps(record, default=str)[:LONGEST_QUARANTINED]
    except RecursionError:
        return json.dumps("nested too deeply to be shown")
