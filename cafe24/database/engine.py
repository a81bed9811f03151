"""Opens the database, and turns its failures into ours.

SQLite is a file by absolute path, because workers have another working
directory. PostgreSQL is reached through psycopg.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import create_engine

from cafe24.errors import CafeError, DatabaseAway, DatabaseUnusable, SettingsError

KINDS = ("sqlite", "postgresql")
SQLITE_WAIT_S = 30


def checked_database_url(text: str) -> URL:
    """Return the address as SQLAlchemy's, with the driver we use.

    Raises:
        SettingsError: it is no address, of another kind than sqlite or
            postgresql, or a relative SQLite path.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise SettingsError("CAFE24_DATABASE_URL is not a database address.", _EXAMPLES) from None
    kind = "postgresql" if url.drivername == "postgres" else url.get_backend_name()
    if kind not in KINDS:
        raise SettingsError(
            f"CAFE24_DATABASE_URL names a {kind} database; SQLite and PostgreSQL are supported.",
            _EXAMPLES,
        )
    if kind == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.database in {None, "", ":memory:"} or not Path(url.database or "").is_absolute():
        raise SettingsError(
            "CAFE24_DATABASE_URL needs an absolute path to a SQLite file: "
            "workers run in another folder.",
            _EXAMPLES,
        )
    return url.set(drivername="sqlite+pysqlite")


def open_engine(text: str) -> Engine:
    """Return an engine for the address; nothing is connected yet.

    Raises:
        SettingsError: see `checked_database_url`.
        DatabaseUnusable: the SQLite file's folder cannot be made.
    """
    url = checked_database_url(text)
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    _make_folder(Path(url.database or ""))
    engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Raise ours for SQLAlchemy's: the one border to the database.

    Raises:
        DatabaseAway: locked, or no connection; worth another try.
        DatabaseUnusable: read-only, full, damaged, of another schema, or it refuses
            what it was given.
    """
    try:
        yield
    except DBAPIError as failure:
        raise _translated(failure) from None
    except NoConnectionFree:
        raise DatabaseAway("All connections to the database are in use.") from None


def _translated(failure: DBAPIError) -> CafeError:
    text = str(failure.orig).strip()
    # Only the first line: what follows may show rows.
    said = text.splitlines()[0][:200] if text else "no reason given"
    for words, what, next_step in _UNUSABLE:
        if re.search(words, text, re.IGNORECASE):
            return DatabaseUnusable(f"{what} ({said}).", next_step)
    if isinstance(failure, _REFUSALS):
        return DatabaseUnusable(
            f"The database refuses what it was given ({said}).",
            "Check that its user may write, and its schema: .venv/bin/python manage.py setup",
        )
    return DatabaseAway(
        f"The database did not do its work ({said}).",
        "Check that it runs and that CAFE24_DATABASE_URL points at it, then run again.",
    )


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as refusal:
        raise DatabaseUnusable(
            f"The folder {file.parent} of the database cannot be made: {refusal.strerror}.",
            "Check CAFE24_DATABASE_URL.",
        ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


_REFUSALS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Kinds of failure that no second try cures."""

_UNUSABLE = (
    (
        r"no such (table|column)|has no column|(relation|column) .* does not exist",
        "The database has another schema",
        "Run: .venv/bin/python manage.py setup",
    ),
    (
        "readonly|read-only|disk is full|no space left|disk i/o error",
        "The database cannot be written",
        "Free space or mend its permissions, then run again: nothing is half-written.",
    ),
    (
        "not a database|malformed|unable to open",
        "The database file cannot be used",
        "Check CAFE24_DATABASE_URL.",
    ),
)

_EXAMPLES = (
    "Examples: sqlite:////var/lib/cafe24/cafe24.sqlite, postgresql://cafe24@db.internal/cafe24"
)


def is_empty(engine: Engine) -> bool:
    """Tell whether the database has no table at all: nobody has set it up yet.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    with database_errors():
        return not inspect(engine).get_table_names()
