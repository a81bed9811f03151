"""How many connections a process has, and what it does when the server has none free."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import Engine, text

from cafe24.database import engine as engine_module
from cafe24.database import full_server
from cafe24.database.engine import CONNECTIONS, database_errors, open_engine
from cafe24.errors import DatabaseAway
from tests.postgres_server import PostgresServer, running_postgres_server

USER, PASSWORD = "invented_user", "invented-user-password"
SEATS = 5
"""The small server's connections: two for everybody, three for superusers."""


@pytest.fixture(scope="module")
def small_server() -> Iterator[PostgresServer]:
    """A server with few connections, and a user who is no superuser."""
    with running_postgres_server() as server:
        server.run(f"CREATE ROLE {{}} LOGIN PASSWORD '{PASSWORD}'", USER)
        server.run(f"ALTER SYSTEM SET max_connections = {SEATS}")
        server.run("ALTER SYSTEM SET max_wal_senders = 0")
        server.stop()
        server.start()
        yield server


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in earnest, in less time."""
    monkeypatch.setattr(full_server, "FULL_WAIT_S", 0.3)


def users(server: PostgresServer, database: str = "postgres") -> str:
    return server.url(database, username=USER, password=PASSWORD)


def ask(engine: Engine) -> int:
    with database_errors(), engine.connect() as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


def occupied(server: PostgresServer, count: int, url: str) -> ExitStack:
    taken = ExitStack()
    for _ in range(count):
        taken.enter_context(psycopg.connect(url))
    assert server
    return taken


@pytest.mark.parametrize("case", ["server", "reserved", "user", "database"])
@pytest.mark.usefixtures("patience")
def test_a_full_server_is_one_clear_line_and_worth_another_try(
    small_server: PostgresServer, case: str
) -> None:
    everybody = small_server.url("postgres")
    with small_server.database(migrated=False) as name:
        url, seats, who = {
            "server": (everybody, SEATS, everybody),
            "reserved": (users(small_server), 2, everybody),
            "user": (users(small_server), 1, users(small_server)),
            "database": (users(small_server, name), 1, users(small_server, name)),
        }[case]
        small_server.run(f"ALTER ROLE {{}} CONNECTION LIMIT {1 if case == 'user' else -1}", USER)
        small_server.run(
            f"ALTER DATABASE {{}} CONNECTION LIMIT {1 if case == 'database' else -1}", name
        )
        engine = open_engine(url)
        with occupied(small_server, seats, who), pytest.raises(DatabaseAway) as told:
            ask(engine)
        engine.dispose()
    assert told.value.exit_code == 7
    assert "has no connection free" in told.value.message
    assert "max_connections" in told.value.next_step
    assert "\n" not in str(told.value)
    assert PASSWORD not in str(told.value)


def test_a_connection_that_comes_free_in_time_is_taken(
    small_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_server.run("ALTER ROLE {} CONNECTION LIMIT 1", USER)
    taken = occupied(small_server, 1, users(small_server))
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        taken.close()

    monkeypatch.setattr("cafe24.database.full_server.time.sleep", wait)
    engine = open_engine(users(small_server))
    assert ask(engine) == 1
    engine.dispose()
    assert pauses


def test_another_refusal_is_not_waited_for(
    small_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cafe24.database.full_server.time.sleep", lambda _: pytest.fail("waited"))
    engine = open_engine(small_server.url("not_there"))
    with pytest.raises(Exception, match="no such database"):
        ask(engine)
    engine.dispose()


def test_threads_of_one_process_share_its_connections(postgres_server: PostgresServer) -> None:
    engine = open_engine(postgres_server.url("postgres", application_name="counted"))
    query = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'counted'")

    def count(_: int) -> int:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(0.01)"))
            return int(connection.execute(query).scalar_one())

    with ThreadPoolExecutor(3 * CONNECTIONS) as threads:
        most = max(threads.map(count, range(10 * CONNECTIONS)))
    engine.dispose()
    assert most == CONNECTIONS


def test_one_thread_too_many_is_told_so(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "CONNECTION_WAIT_S", 0.1)
    engine = open_engine(postgres_server.url("postgres"))
    with ExitStack() as held:
        for _ in range(CONNECTIONS):
            held.enter_context(engine.connect())
        with pytest.raises(DatabaseAway, match="All connections of this process") as told:
            ask(engine)
    engine.dispose()
    assert told.value.exit_code == 7
    assert told.value.next_step
