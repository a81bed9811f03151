"""Many malls are written at once, and one mall by two: nobody meets a deadlock."""

import asyncio
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text

from cafe24.database.engine import open_engine
from cafe24.errors import MallBusy
from cafe24.malls import mall_id
from cafe24.products.sync import sync_mall
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.tables.runs import SyncReport
from tests.postgres_server import PostgresServer
from tests.small_mall import SmallMall, product, variant

MALLS = [f"mall{number}" for number in range(8)]
PRODUCTS = 150


@pytest.fixture
def url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database() as name:
        yield postgres_server.url(name)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


def sync(engine: Engine, mall: str) -> list[SyncReport]:
    """Sync a mall twice, everything changed in between."""
    small = SmallMall()

    async def run(price: str) -> SyncReport:
        for no in range(1, PRODUCTS + 1):
            small.products[no] = product(no, price=price, variants=[variant(no)])
        async with small.api(mall_id(mall)) as api:
            return await sync_mall(api, ProductDatabase(engine), mode="full")

    return [asyncio.run(run("100.00")), asyncio.run(run("200.00"))]


def sync_in_a_process(url: str, mall: str) -> list[tuple[str, int | None]]:
    engine = open_engine(url)
    reports = sync(engine, mall)
    engine.dispose()
    return [(report.outcome, report.stored) for report in reports]


def held(engine: Engine) -> list[tuple[Any, ...]]:
    query = "SELECT mall_id, count(*), min(price)::text FROM product GROUP BY 1 ORDER BY 1"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_eight_malls_in_threads_of_one_worker(engine: Engine) -> None:
    with ThreadPoolExecutor(len(MALLS)) as pool:
        reports = list(pool.map(sync, [engine] * len(MALLS), MALLS))
    assert {report.outcome for pair in reports for report in pair} == {"synced"}
    assert held(engine) == [(mall, PRODUCTS, "200.00") for mall in MALLS]


def test_eight_malls_in_processes_of_their_own(engine: Engine, url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, mp_context=spawn) as pool:
        reports = list(pool.map(sync_in_a_process, [url] * len(MALLS), MALLS))
    assert reports == [[("synced", PRODUCTS)] * 2] * len(MALLS)
    assert held(engine) == [(mall, PRODUCTS, "200.00") for mall in MALLS]


def test_of_two_that_begin_the_same_mall_one_is_told_it_is_busy(engine: Engine) -> None:
    together = threading.Barrier(2)

    def begin(mall: str) -> str:
        together.wait()
        try:
            ProductDatabase(engine).begin(Shop(mall_id(mall)))
        except MallBusy:
            return "busy"
        return "begun"

    with ThreadPoolExecutor(2) as pool:
        for mall in MALLS:
            assert sorted(pool.map(begin, [mall, mall])) == ["begun", "busy"]
