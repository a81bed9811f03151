"""A PostgreSQL server of one's own, and databases on it: `with running_postgres_server() as s`."""

import contextlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import URL

from cafe24.database.migrate import upgrade

PROJECT = Path(__file__).parents[1]
TEMPLATE = "migrated"


@dataclass
class PostgresServer:
    """A server that runs, reached by a socket in a private folder."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _has_template: bool = False

    def url(self, database: str, **parts: Any) -> str:
        """Return a database's address, the superuser's if `parts` do not say otherwise.

        Args:
            database: its name.
            parts: `username`, `password`, or more of the query, such as `options`.
        """
        who = {
            "username": parts.pop("username", self.ready["user"]),
            "password": parts.pop("password", self.ready["password"]),
        }
        where = {"host": self.ready["folder"], "port": str(self.ready["port"])}
        address = URL.create("postgresql", **who, database=database, query={**where, **parts})
        return address.render_as_string(hide_password=False)

    @contextlib.contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """Make a database, yield its name, and drop it, whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        source = self._template() if migrated else "template1"
        self._make(name, source)
        try:
            yield name
        finally:
            self.run("DROP DATABASE {} WITH (FORCE)", name)

    def run(self, statement: LiteralString, *names: str, database: str = "postgres") -> None:
        """Execute a statement as superuser; `{}` stands for a name."""
        order = sql.SQL(statement).format(*map(sql.Identifier, names))
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(order)

    def stop(self) -> None:
        """End it as a power cut would; every connection is lost."""
        self._order("stop")

    def start(self) -> None:
        """Start it again with what it held."""
        self._order("start")

    def _template(self) -> str:
        if not self._has_template:
            self._make(TEMPLATE, "template1")
            upgrade(self.url(TEMPLATE))
            self._has_template = True
        return TEMPLATE

    def _make(self, name: str, source: str) -> None:
        # By file copy and not through the log: half the time for a database this small.
        self.run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, source)

    def _order(self, order: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        assert _line(self.process) == {"done": order}


@contextlib.contextmanager
def running_postgres_server(installed: Path | None = None) -> Iterator[PostgresServer]:
    """Start a server of one's own; it ends with the block, and with this process.

    Args:
        installed: the folder of another installation than the package's.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.postgres_process", *([str(installed)] if installed else [])],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a Ctrl-C is for the tests: they end, then the input ends
    )
    with process:
        yield PostgresServer(process, _line(process))
        assert process.stdin is not None
        process.stdin.close()
    assert process.returncode == 0, "the PostgreSQL server did not end well"


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the PostgreSQL server did not start; the reason stands above"
    said: dict[str, Any] = json.loads(line)
    return said
