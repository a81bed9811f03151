"""Opens the database, and turns its failures into ours.

SQLite is a file by absolute path, because workers have another working
directory. PostgreSQL is reached through psycopg.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import create_engine

from cafe24.database.failures import translated
from cafe24.database.full_server import connected
from cafe24.errors import DatabaseAway, DatabaseUnusable, SettingsError

KINDS = ("sqlite", "postgresql")
SQLITE_WAIT_S = 30
PATIENCE_S = {
    "connect_timeout": 10,
    # A server whose machine died says nothing: asked after 30 s, given up a minute later.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}
"""How long PostgreSQL may be silent, in libpq's words, unless the address says otherwise."""

CONNECTIONS = 8
"""The most that an engine has to PostgreSQL: one for each mall of `sync --all` at a time.

Opened when they are needed, and closed with the engine. A server's max_connections is
reckoned from this: docs/operations.md, "How many connections".
"""

CONNECTION_WAIT_S = 30
"""How long a thread waits for one of its process's connections."""


def checked_database_url(text: str) -> URL:
    """Return the address as SQLAlchemy's, with the driver we use.

    Raises:
        SettingsError: it is no address, has a password that is not escaped, is of another
            kind than sqlite or postgresql, or a relative SQLite path.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError("CAFE24_DATABASE_URL is not a database address.", _EXAMPLES) from None
    if "@" in (url.host or ""):  # the password's end, which no error may show
        raise SettingsError(
            "CAFE24_DATABASE_URL has an @ too many.",
            "Write an @ in the user or the password as %40.",
        )
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


def open_engine(text: str, *, connections: int = CONNECTIONS) -> Engine:
    """Return an engine for the address; nothing is connected yet.

    Args:
        text: the address.
        connections: the most that it has to a PostgreSQL at a time.

    Raises:
        SettingsError: see `checked_database_url`.
        DatabaseUnusable: the SQLite file's folder cannot be made.
    """
    url = checked_database_url(text)
    if url.get_backend_name() == "postgresql":
        return _postgresql(url, connections)
    _make_folder(Path(url.database or ""))
    engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _postgresql(url: URL, connections: int) -> Engine:
    """Return an engine of its own isolation: the server's default may be another."""
    patience = {name: s for name, s in PATIENCE_S.items() if name not in url.query}
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=CONNECTION_WAIT_S,
        isolation_level="READ COMMITTED",
        connect_args=patience,
    )
    event.listen(engine, "do_connect", connected)
    return engine


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Raise ours for SQLAlchemy's: the one border to the database.

    Raises:
        DatabaseAway: locked, or no connection; worth another try.
        DatabaseUnusable: read-only, full, damaged, of another schema, it lets nobody in,
            or it refuses what it was given.
    """
    try:
        yield
    except DBAPIError as failure:
        raise translated(failure) from None
    except NoConnectionFree:
        raise DatabaseAway(
            "All connections of this process to the database are in use.",
            "Run fewer at once, then run again.",
        ) from None


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
    # Only a new file takes the page size: a product's row fills most of the usual 4,096 bytes,
    # and what does not fit costs a page of its own.
    pragmas = ("page_size=16384", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


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
