"""A sync of tables that PostgreSQL has learned nothing of yet: autovacuum comes a minute later."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from cafe24.database.engine import open_engine
from cafe24.malls import mall_id
from cafe24.products.sync import sync_mall
from cafe24.products.tables.runs import SyncReport
from tests.postgres_server import PostgresServer
from tests.product_world import World
from tests.small_mall import SmallMall, variant
from tests.waiting import first_true

TABLES = ("product", "product_variant")
PRODUCTS = 3000
READ_SINGLY = 40
"""Products with so many variants that each one's are read on their own."""
CUT = 100
VARIANTS = PRODUCTS + READ_SINGLY * (CUT - 1)
LOOKS = 6
"""How often a sync may look at each row: a look at all that are there for each page is 15."""

ROWS_READ = """
    SELECT CAST(SUM(read) AS BIGINT)
    FROM (SELECT idx_tup_read AS read FROM pg_stat_user_indexes WHERE relname = :table
          UNION ALL SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = :table) AS ways
"""
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def engine(postgres_server: PostgresServer) -> Iterator[Engine]:
    """Open tables that are never analyzed."""
    with postgres_server.database() as name:
        engine = open_engine(postgres_server.url(name))
        with engine.begin() as connection:
            for table in TABLES:
                order = f"ALTER TABLE {table} SET (autovacuum_enabled = off)"
                connection.execute(text(order))
        yield engine
        engine.dispose()


@pytest.fixture
def world(engine: Engine) -> World:
    world = World(engine)
    world.stock(*range(1, PRODUCTS + 1), variants=[])
    for number, product in world.mall.products.items():
        codes = range(CUT if number <= READ_SINGLY else 1)
        product["variants"] = [variant(number, f"{code:03}") for code in codes]
    return world


def test_a_first_sync_does_not_look_at_all_rows_for_each_page(world: World) -> None:
    assert world.sync().new == PRODUCTS
    assert world.one("SELECT count(*) FROM product_variant") == VARIANTS
    for table in TABLES:
        assert rows_read(world, table) <= LOOKS * PRODUCTS, table


def test_nor_does_another_malls_where_only_the_first_one_is_known(world: World) -> None:
    world.sync()
    with world.engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    before = {table: rows_read(world, table) for table in TABLES}
    other = SmallMall(products=world.mall.products)

    async def sync() -> SyncReport:
        async with other.api(mall_id("othermall")) as api:
            return await sync_mall(api, world.database())

    assert asyncio.run(sync()).new == PRODUCTS
    for table, read in before.items():
        assert rows_read(world, table) - read <= LOOKS * PRODUCTS, table


def rows_read(world: World, table: str) -> int:
    """Return how many rows of a table were looked at, once every session has told its share."""
    world.engine.dispose()
    assert first_true(lambda: world.one(OTHERS) == 0, 30)
    read: int = world.one(ROWS_READ, table=table)
    return read
