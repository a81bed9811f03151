"""The PostgreSQL that a fleet needs: one server, with our tables and Prefect's."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg

from cafe24.errors import UsageError
from tests.postgres_server import PostgresServer, running_postgres_server

COUNTER = "pg_stat_statements"
EXTENSIONS = ("pg_trgm", COUNTER)
"""Prefect's server makes the first; the second counts statements."""


def installed_postgres() -> Path:
    """Return the folder of an installation that has the extensions.

    Raises:
        UsageError: there is none. The package that the tests use has no extensions.
    """
    on_path = shutil.which("pg_config")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_config"), reverse=True)
    for program in (*debian, *([Path(on_path)] if on_path else [])):
        shared = Path(_told(program, "--sharedir")) / "extension"
        binaries = Path(_told(program, "--bindir"))
        has_all = all((shared / f"{name}.control").exists() for name in EXTENSIONS)
        if has_all and (binaries / "initdb").exists():
            return binaries.parent
    raise UsageError(
        "The load bench needs a PostgreSQL with its extensions, for Prefect's server.",
        "Install one, such as Debian's postgresql; no server of it needs to run.",
    )


@contextlib.contextmanager
def counting_postgres() -> Iterator[PostgresServer]:
    """Start a server that counts the statements of each of its databases."""
    with running_postgres_server(installed_postgres()) as server:
        server.run(f"ALTER SYSTEM SET shared_preload_libraries = '{COUNTER}'")
        server.stop()
        server.start()
        server.run(f"CREATE EXTENSION {COUNTER}")
        yield server


def statements(server: PostgresServer, database: str) -> int:
    """Return how many statements the database has executed."""
    query = (
        "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements"
        " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s)"
    )
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute(query, (database,)).fetchone()
    assert row is not None
    return int(row[0])


def postmaster(server: PostgresServer) -> int:
    """Return the process id of the server, whose children serve the connections."""
    file = Path(server.ready["folder"]) / "data" / "postmaster.pid"
    return int(file.read_text(encoding="utf-8").split("\n", 1)[0])


def _told(program: Path, option: str) -> str:
    asked = subprocess.run([program, option], capture_output=True, text=True, check=True)  # noqa: S603 - found above
    return asked.stdout.strip()
