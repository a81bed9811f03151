"""What may be wrong with a PostgreSQL server: one clear line, the next step, exit code 7."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from cafe24.database import full_server
from cafe24.database.engine import open_engine
from cafe24.database.version import known_versions
from cafe24.products.tables import database as product_tables
from cafe24.products.tables.writer import write_pages
from tests.integration.test_keeper_commands.desk import Desk, Said
from tests.postgres_server import PostgresServer

READER, PASSWORD = "invented_reader", "invented-reader-password"
WRONG = "invented-wrong-password"


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database() as name:
        yield name


@pytest.fixture
def bare_database(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database(migrated=False) as name:
        yield name


@pytest.fixture
def server(postgres_server: PostgresServer, desk: Desk, database: str) -> PostgresServer:
    """The server that the desk's commands use, and a role that may read alone."""
    point(desk, postgres_server.url(database))
    postgres_server.run("DROP ROLE IF EXISTS {}", READER)
    postgres_server.run(f"CREATE ROLE {{}} LOGIN PASSWORD '{PASSWORD}'", READER)
    return postgres_server


def point(desk: Desk, url: str) -> None:
    desk.monkeypatch.setenv("CAFE24_DATABASE_URL", url)


def refused(desk: Desk, command: str, *words: str) -> Said:
    """Assert that a command ends with one clear line and code 7, and shows no password."""
    said = desk.run(command, code=7)
    lines = said.err.strip().splitlines()
    assert len(lines) == 1, said.err
    for word in words:
        assert word in lines[0]
    for secret in (PASSWORD, WRONG, "invented-"):
        assert secret not in said.err + said.out
    return said


Url = Callable[[PostgresServer, str], str]
NO_ENTRY: dict[str, tuple[Url, str, str]] = {
    "wrong password": (
        lambda server, name: server.url(name, password=WRONG),
        "lets nobody in",
        "Check both in CAFE24_DATABASE_URL",
    ),
    "unknown user": (
        lambda server, name: server.url(name, username="not_there", password=WRONG),
        "lets nobody in",
        "Check both in CAFE24_DATABASE_URL",
    ),
    "unknown database": (
        lambda server, _: server.url("not_there"),
        "no such database",
        "createdb",
    ),
    "nobody at the port": (
        lambda _s, _n: f"postgresql://keeper:{WRONG}@127.0.0.1:9/x",
        "did not do its work",
        "Check that it runs",
    ),
    "a setting nobody knows": (
        lambda server, name: server.url(name, options="-cnot_there=1"),
        "cannot be opened like that",
        "Check CAFE24_DATABASE_URL",
    ),
}


@pytest.mark.parametrize("command", ["setup", "sync MALL"])
@pytest.mark.parametrize("case", NO_ENTRY.values(), ids=NO_ENTRY)
def test_a_server_that_cannot_be_reached_like_that(
    desk: Desk,
    server: PostgresServer,
    database: str,
    command: str,
    case: tuple[Url, str, str],
) -> None:
    url, *words = case
    point(desk, url(server, database))
    refused(desk, command, *words)


@pytest.mark.parametrize("command", ["setup", "sync MALL"])
def test_a_server_that_was_stopped(desk: Desk, server: PostgresServer, command: str) -> None:
    server.stop()
    try:
        refused(desk, command, "did not do its work", "Check that it runs")
    finally:
        server.start()


@pytest.mark.parametrize("command", ["setup", "sync MALL"])
def test_a_server_whose_connections_are_all_taken(
    desk: Desk,
    server: PostgresServer,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setattr(full_server, "FULL_WAIT_S", 0.2)
    server.run("ALTER ROLE {} CONNECTION LIMIT 1", READER)
    url = server.url(database, username=READER, password=PASSWORD)
    point(desk, url)
    with psycopg.connect(url):
        refused(desk, command, "has no connection free", "max_connections", "Run again")


def test_a_sync_by_a_user_who_may_only_read(
    desk: Desk, server: PostgresServer, database: str
) -> None:
    grant = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}"
    server.run(grant, READER, database=database)
    point(desk, server.url(database, username=READER, password=PASSWORD))
    refused(desk, "sync MALL", "permission denied", "GRANT")


def test_a_setup_by_a_user_who_may_only_read(
    desk: Desk, server: PostgresServer, bare_database: str
) -> None:
    point(desk, server.url(bare_database, username=READER, password=PASSWORD))
    refused(desk, "setup", "permission denied", "owner")


@pytest.mark.parametrize("command", ["setup", "sync MALL"])
def test_a_database_that_is_read_only(
    desk: Desk, server: PostgresServer, database: str, bare_database: str, command: str
) -> None:
    name = bare_database if command == "setup" else database
    point(desk, server.url(name, options="-cdefault_transaction_read_only=on"))
    refused(desk, command, "takes no writes", "default_transaction_read_only")


def test_a_sync_into_a_database_without_tables(
    desk: Desk, server: PostgresServer, bare_database: str
) -> None:
    point(desk, server.url(bare_database))
    refused(desk, "sync MALL", "another schema", "manage.py setup")


@pytest.mark.parametrize(
    ("command", "next_step"), [("setup", "CREATE SCHEMA"), ("sync MALL", "setup")]
)
def test_a_schema_that_is_not_there(
    desk: Desk, server: PostgresServer, database: str, command: str, next_step: str
) -> None:
    point(desk, server.url(database, options="-csearch_path=not_there"))
    refused(desk, command, "schema", next_step)


@pytest.mark.parametrize("command", ["setup", "sync MALL"])
def test_a_database_that_is_newer(
    desk: Desk, server: PostgresServer, database: str, command: str
) -> None:
    _set_version(server.url(database), "from_the_future")
    refused(desk, command, "newer than this code", "Run the version of the project")


def test_a_database_that_is_older(
    desk: Desk, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server
    known = [*known_versions(), "9999"]
    monkeypatch.setattr("cafe24.database.version.known_versions", lambda: known)
    refused(desk, "sync MALL", f"at version {known[-2]}, this code wants 9999", "manage.py setup")


def test_a_server_that_restarts_in_the_middle_costs_nothing_but_the_run(
    desk: Desk, server: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    def interrupted(*arguments: Any, **options: Any) -> Any:
        nonlocal written
        written += 1
        if written == 2:
            write_pages(*arguments, **options)
            server.stop()
            server.start()
        return write_pages(*arguments, **options)

    desk.malls.post(f"/__sandbox__/malls/{desk.mall}/limits", json={"is_off": True})
    monkeypatch.setenv("CAFE24_DETAIL_CALLS_PER_RUN", "0")
    monkeypatch.setattr(product_tables, "write_pages", interrupted)
    refused(desk, "sync MALL", "did not do its work", "run again")
    before = _rows(server.url(database), "SELECT count(*) FROM product")
    assert before in ([(0,)], [(100,)])  # whole pages, and not the one that was under way
    said = desk.run("sync MALL --json").json["malls"][0]
    assert (said["outcome"], said["stored"]) == ("synced", 250)
    assert said["new"] == 250 - before[0][0]
    truth = _truth(desk)
    current = "SELECT product_no, raw FROM product_current"
    held = dict(_rows(server.url(database), current))
    assert held.keys() == truth.keys()
    assert all(raw.items() <= truth[number].items() for number, raw in held.items())


def _truth(desk: Desk) -> dict[int, dict[str, Any]]:
    answer: httpx.Response = desk.malls.get(f"/__sandbox__/malls/{desk.mall}/truth")
    return {one["product_no"]: one for one in answer.json()["products"]}


def _rows(url: str, sql: str) -> list[Any]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def _set_version(url: str, version: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        held = {"version": version}
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), held)
    engine.dispose()
