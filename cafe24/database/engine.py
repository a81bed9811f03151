"""Opens the database, and turns its failures into ours.

SQLite is a file by absolute path, because workers have another working
directory. PostgreSQL is reached through psycopg.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
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
        DatabaseUnusable: read-only, full, or of another schema.
    """
    try:
        yield
    except (OperationalError, InterfaceError, DatabaseError) as failure:
        raise _translated(str(failure.orig)) from None


def _translated(text: str) -> CafeError:
    first_line = text.strip().splitlines()[0][:200] if text.strip() else "no reason given"
    lowered = text.lower()
    if "no such table" in lowered or "no such column" in lowered or "does not exist" in lowered:
        return DatabaseUnusable(
            f"The database has another schema ({first_line}).",
            "Run: .venv/bin/python manage.py setup",
        )
    if "readonly" in lowered or "read-only" in lowered or "disk is full" in lowered:
        return DatabaseUnusable(
            f"The database cannot be written ({first_line}).",
            "Free space or mend its permissions, then run again: nothing is half-written.",
        )
    if "not a database" in lowered or "malformed" in lowered or "unable to open" in lowered:
        return DatabaseUnusable(
            f"The database file cannot be used ({first_line}).", "Check CAFE24_DATABASE_URL."
        )
    return DatabaseAway(
        f"The database did not do its work ({first_line}).",
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


_EXAMPLES = (
    "Examples: sqlite:////var/lib/cafe24/cafe24.sqlite, postgresql://cafe24@db.internal/cafe24"
)
