"""A record as text: kept as it came, told apart by its hash, set aside when it fits nothing."""

import json
from hashlib import blake2b
from typing import Any

import orjson

LONGEST_QUARANTINED = 100_000

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
        raw = orjson.dumps(value)
    except TypeError:
        raise Misfit("the record holds text or numbers that are no valid JSON") from None
    if _NUL in raw and _NUL in raw.replace(_BACKSLASH, b""):
        raise Misfit("the record holds a NUL character")
    return raw


def digest(raw: bytes) -> str:
    """Return the hash that tells whether a record changed.

    Fed in small pieces: with more at once the library lets go of the interpreter
    for each record, and the reading thread is slow to give it back.
    """
    state = blake2b(digest_size=16)
    for start in range(0, len(raw), _PIECE):
        state.update(raw[start : start + _PIECE])
    return state.hexdigest()


def quarantine_text(record: Any) -> str:
    """Return a misfit as plain ASCII JSON that any database can hold, cut to a limit."""
    return json.dumps(record, default=str)[:LONGEST_QUARANTINED]
