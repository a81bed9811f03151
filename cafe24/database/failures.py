"""Says what a failure of the database means, and what to do about it.

PostgreSQL is understood by its SQLSTATE, since its texts may be in Korean. Where it has
none, because nobody was let in yet, and for SQLite, the words must do.
Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)

from cafe24.errors import CafeError, DatabaseAway, DatabaseUnusable

LONGEST_SAID = 200
SETUP = "Run: .venv/bin/python manage.py setup"

_REFUSALS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Kinds of failure that no second try cures."""

_NO_TABLES = ("The database has another schema", SETUP)
_NO_SCHEMA = (
    "The schema that CAFE24_DATABASE_URL's search_path names is not there",
    f"Let the database's owner create it (CREATE SCHEMA name), or correct the name. {SETUP}",
)
_MAY_NOT = (
    "The database's user may not do this",
    "Name the tables' owner in CAFE24_DATABASE_URL, or let the owner GRANT what is missing.",
)
_READS_ONLY = (
    "The database takes no writes",
    "Point CAFE24_DATABASE_URL at the primary, and set default_transaction_read_only to off.",
)
_FULL = (
    "The database cannot be written",
    "Free space or mend its permissions, then run again: nothing is half-written.",
)
_NOT_LET_IN = (
    "The database lets nobody in with this user and password",
    "Check both in CAFE24_DATABASE_URL; signs such as @ : / must be escaped there, @ as %40.",
)
_NO_DATABASE = (
    "The server has no such database",
    f"Create it (createdb NAME), or correct its name in CAFE24_DATABASE_URL. {SETUP}",
)
_NO_ADDRESS = ("The database cannot be opened like that", "Check CAFE24_DATABASE_URL.")

_NO_ROOM = (
    "The database server has no connection free",
    "Run fewer at once, or let it take more (max_connections, a CONNECTION LIMIT). Run again.",
)

_BY_STATE = {
    "42P01": _NO_TABLES,
    "42703": _NO_TABLES,
    "3F000": _NO_SCHEMA,
    "42501": _MAY_NOT,
    "25006": _READS_ONLY,
    "53100": _FULL,
}
"""What no second try cures, by PostgreSQL's SQLSTATE."""

_BY_WORDS = (
    ("no such (table|column)|has no column", _NO_TABLES),
    ("readonly|read-only|disk is full|no space left|disk i/o error", _FULL),
    ("not a database|malformed|unable to open", _NO_ADDRESS),
    ('database ".*" does not exist', _NO_DATABASE),
    ("password|authentication|no pg_hba|not permitted to log in", _NOT_LET_IN),
    ('role ".*" does not exist|permission denied for database', _NOT_LET_IN),
    ("unrecognized configuration|invalid (connection option|.* value|port)", _NO_ADDRESS),
)
"""The same by what SQLite says, and PostgreSQL to whom it does not let in."""


_ALL_TAKEN_STATE = "53300"
_ALL_TAKEN = re.compile(
    "too many clients already|connection slots are reserved|too many connections for"
    # PgBouncer's words.
    "|no more connections allowed|query_wait_timeout",
    re.IGNORECASE,
)


def are_all_taken(refusal: BaseException | None) -> bool:
    """Tell whether the server let nobody in because its connections are all in use."""
    state = getattr(refusal, "sqlstate", None)
    return state == _ALL_TAKEN_STATE or (state is None and bool(_ALL_TAKEN.search(str(refusal))))


def translated(failure: DBAPIError) -> CafeError:
    """Return ours for SQLAlchemy's: worth another try, or not; never with a row in it."""
    text = str(failure.orig).strip()
    # Only the first line: what follows may show rows.
    said = text.splitlines()[0][:LONGEST_SAID] if text else "no reason given"
    meaning = _meaning(getattr(failure.orig, "sqlstate", None), text)
    if meaning:
        what, next_step = meaning
        return DatabaseUnusable(f"{what} ({said}).", next_step)
    if isinstance(failure, _REFUSALS):
        return DatabaseUnusable(
            f"The database refuses what it was given ({said}).",
            "Check that its tables are this code's: .venv/bin/python manage.py setup",
        )
    if are_all_taken(failure.orig):
        what, next_step = _NO_ROOM
        return DatabaseAway(f"{what} ({said}).", next_step)
    return DatabaseAway(
        f"The database did not do its work ({said}).",
        "Check that it runs and that CAFE24_DATABASE_URL points at it, then run again.",
    )


def _meaning(state: str | None, text: str) -> tuple[str, str] | None:
    if state:
        return _BY_STATE.get(state)
    found = (said for words, said in _BY_WORDS if re.search(words, text, re.IGNORECASE))
    return next(found, None)
