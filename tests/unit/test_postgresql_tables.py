"""The tables as PostgreSQL declares them itself: exact types, in the schema that was asked for."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Boolean, Engine, text
from sqlmodel import SQLModel

from cafe24.database.columns import Measure, Money, RawJson, UtcDateTime
from cafe24.database.engine import is_empty, open_engine
from cafe24.database.migrate import upgrade
from cafe24.errors import DatabaseUnusable
from tests.postgres_server import PostgresServer
from tests.product_world import World

EXACT = {
    Money: ("numeric", 18, 2),
    Measure: ("numeric", None, None),
    UtcDateTime: ("timestamp with time zone", None, None),
    Boolean: ("boolean", None, None),
    RawJson: ("json", None, None),
}
TYPES = """
    SELECT table_name, column_name, data_type, numeric_precision, numeric_scale
    FROM information_schema.columns WHERE table_schema = 'public'
"""
EVERYTHING = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""


@pytest.fixture
def server(postgres_server: PostgresServer) -> Iterator[tuple[PostgresServer, str]]:
    with postgres_server.database(migrated=False) as name:
        yield postgres_server, name


def in_schema(server: tuple[PostgresServer, str], schema: str) -> str:
    running, name = server
    return running.url(name, options=f"-csearch_path={schema}")


def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def test_every_column_has_its_exact_type(server: tuple[PostgresServer, str]) -> None:
    running, name = server
    upgrade(running.url(name))
    held = {(row[0], row[1]): row[2:] for row in rows(running.url(name), TYPES)}
    checked = set()
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            kind = next((one for one in EXACT if isinstance(column.type, one)), None)
            if kind:
                assert held[table.name, column.name] == EXACT[kind], (table.name, column.name)
                checked.add(kind)
    assert checked == EXACT.keys()


def test_two_schemas_of_one_database_are_synced_side_by_side(
    server: tuple[PostgresServer, str],
) -> None:
    running, name = server
    prices = {"shop": "100.00", "outlet": "200.00"}
    for schema, price in prices.items():
        running.run("CREATE SCHEMA {}", schema, database=name)
        url = in_schema(server, schema)
        upgrade(url)
        upgrade(url)
        world = World(open_engine(url))
        world.stock(1, price=price)
        assert world.sync().new == 1
        world.engine.dispose()
    for schema, price in prices.items():
        current = f"SELECT price::text FROM {schema}.product_current"  # noqa: S608 - our own names
        assert rows(running.url(name), current) == [(price,)]
    made = rows(running.url(name), EVERYTHING)
    assert {schema for schema, _ in made} == prices.keys()
    shop, outlet = ({one for where, one in made if where == schema} for schema in prices)
    assert shop == outlet
    assert {"product", "product_current", "alembic_version"} <= shop


def test_a_schema_that_is_not_there_is_one_clear_line(server: tuple[PostgresServer, str]) -> None:
    url = in_schema(server, "not_there")
    with pytest.raises(DatabaseUnusable, match="search_path names is not there") as refused:
        upgrade(url)
    assert "CREATE SCHEMA" in refused.value.next_step
    assert rows(server[0].url(server[1]), EVERYTHING) == []


@pytest.fixture
def bare(server: tuple[PostgresServer, str]) -> Iterator[Engine]:
    running, name = server
    running.run("CREATE SCHEMA {}", "shop", database=name)
    engine = open_engine(in_schema(server, "shop"))
    yield engine
    engine.dispose()


def test_a_schema_beside_somebody_elses_tables_is_empty(
    server: tuple[PostgresServer, str], bare: Engine
) -> None:
    running, name = server
    running.run("CREATE TABLE public.{} ()", "theirs", database=name)
    assert is_empty(bare)
