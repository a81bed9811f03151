"""deploy/analyst.sql: its role reads what it should, sees nothing else, and writes nothing."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from cafe24.settings import PROJECT
from tests.postgres_server import PostgresServer

SCRIPT = (PROJECT / "deploy" / "analyst.sql").read_text()
PASSWORD = "invented-password"

VISIBLE = {
    *("product", "product_current", "product_variant", "product_change", "product_quarantine"),
    "sync_run",
}


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """A migrated database with the role, and Kim who has it."""
    with postgres_server.database() as name:
        run_script(postgres_server, name)
        postgres_server.run("CREATE ROLE kim LOGIN PASSWORD 'invented-password'")
        postgres_server.run("GRANT cafe24_analyst TO kim")
        yield name
    postgres_server.run("DROP ROLE kim")
    postgres_server.run("DROP ROLE cafe24_analyst")


@pytest.fixture
def kim(postgres_server: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    url = postgres_server.url(database, username="kim", password=PASSWORD)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def run_script(server: PostgresServer, database: str) -> None:
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        connection.execute(SCRIPT.encode())


def visible(kim: psycopg.Connection) -> set[str]:
    rows = kim.execute(
        """SELECT relname FROM pg_class
           WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
             AND has_any_column_privilege(oid, 'SELECT')"""
    )
    return {name for (name,) in rows}


def test_the_analyst_sees_products_changes_and_runs_alone(kim: psycopg.Connection) -> None:
    assert visible(kim) == VISIBLE
    for name in sorted(VISIBLE):
        kim.execute(f"SELECT * FROM {name}".encode())  # noqa: S608 - our own names
    with pytest.raises(InsufficientPrivilege):
        kim.execute("SELECT * FROM token_grant")


@pytest.mark.parametrize(
    "order",
    [
        "DELETE FROM product",
        "DELETE FROM product_current",
        "UPDATE product SET price = 0",
        "INSERT INTO sync_run (mall_id) VALUES ('samplemall')",
        "TRUNCATE product_change",
        "CREATE TABLE mine (n int)",
        "DROP TABLE product",
    ],
)
def test_the_analyst_writes_nothing(kim: psycopg.Connection, order: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        kim.execute(order.encode())


def test_twice_equals_once_and_what_was_granted_besides_is_taken_back(
    postgres_server: PostgresServer, database: str, kim: psycopg.Connection
) -> None:
    postgres_server.run("GRANT ALL ON token_grant TO cafe24_analyst", database=database)
    run_script(postgres_server, database)
    assert visible(kim) == VISIBLE


def test_a_table_that_an_upgrade_adds_is_not_seen(
    postgres_server: PostgresServer, database: str, kim: psycopg.Connection
) -> None:
    postgres_server.run("CREATE TABLE added_later (secret text)", database=database)
    run_script(postgres_server, database)
    assert visible(kim) == VISIBLE


def test_a_view_that_an_upgrade_makes_anew_is_still_seen(
    postgres_server: PostgresServer, database: str, kim: psycopg.Connection
) -> None:
    anew = (
        "CREATE OR REPLACE VIEW product_current AS SELECT * FROM product WHERE deleted_at IS NULL"
    )
    postgres_server.run("ALTER TABLE product ADD COLUMN later text", database=database)
    postgres_server.run(anew, database=database)
    assert visible(kim) == VISIBLE
    kim.execute("SELECT later FROM product_current")


def test_a_login_can_be_kept_from_asking_too_long_and_from_writing_at_all(
    postgres_server: PostgresServer, database: str
) -> None:
    proposed = [line.removeprefix("--").strip() for line in SCRIPT.splitlines() if "ALTER" in line]
    orders = [line for line in proposed if line.startswith("ALTER ROLE kim")]
    assert len(orders) == 3
    with psycopg.connect(postgres_server.url(database), autocommit=True) as connection:
        for order in orders:
            connection.execute(order.encode())
    url = postgres_server.url(database, username="kim", password=PASSWORD)
    with psycopg.connect(url, autocommit=True) as kim:
        assert kim.execute("SHOW statement_timeout").fetchone() == ("5min",)
        with pytest.raises(ReadOnlySqlTransaction):
            kim.execute("CREATE TABLE mine (n int)")
