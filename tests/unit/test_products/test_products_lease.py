"""One sync of a shop at a time; one that lost its lease writes nothing."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from cafe24.errors import MallBusy
from cafe24.malls import mall_id
from cafe24.products.sync import SIGN_OF_LIFE
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.cursor import LEASE
from cafe24.products.tables.database import ProductDatabase
from tests.product_world import World

SHOP = Shop(mall_id("leasemall"))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(engine: Engine) -> ProductDatabase:
    return ProductDatabase(engine, now=lambda: NOW)


def test_a_second_sync_is_told_who_holds_the_shop_and_for_how_long(
    database: ProductDatabase,
) -> None:
    database.begin(SHOP)
    with pytest.raises(MallBusy, match=f"leasemall is being synced by .*{os.getpid()}") as busy:
        database.begin(SHOP)
    assert busy.value.retry_after_s == LEASE.total_seconds()


def test_other_shops_go_on(database: ProductDatabase) -> None:
    database.begin(SHOP)
    database.begin(Shop(SHOP.mall_id, 2))
    database.begin(Shop(mall_id("othermall")))


def test_a_lease_that_ran_out_is_taken_over_and_its_holder_stopped(
    engine: Engine, database: ProductDatabase
) -> None:
    slow = database.begin(SHOP)
    ProductDatabase(engine, now=lambda: NOW + LEASE).begin(SHOP)
    with pytest.raises(MallBusy, match="taken over"):
        slow.move()


def test_what_the_lost_transaction_wrote_is_gone(engine: Engine, database: ProductDatabase) -> None:
    slow = database.begin(SHOP)
    ProductDatabase(engine, now=lambda: NOW + LEASE).begin(SHOP)
    with pytest.raises(MallBusy):
        slow.move(synced_until=NOW)
    assert World(engine).one("SELECT synced_until FROM sync_cursor") is None


def test_a_sign_of_life_keeps_the_lease(engine: Engine) -> None:
    run = ProductDatabase(engine, now=lambda: NOW).begin(SHOP)
    run.now = lambda: NOW + LEASE / 2
    run.move()
    with pytest.raises(MallBusy):
        ProductDatabase(engine, now=lambda: NOW + LEASE).begin(SHOP)


def test_a_dead_process_of_this_host_holds_nothing(
    engine: Engine, database: ProductDatabase
) -> None:
    database.begin(SHOP)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    owner = f"{socket.gethostname()}:{ended.pid}:0123abcd"
    with engine.begin() as connection:
        connection.execute(text("UPDATE sync_cursor SET owner = :owner"), {"owner": owner})
    database.begin(SHOP)


def test_a_process_of_another_host_may_be_alive(engine: Engine, database: ProductDatabase) -> None:
    database.begin(SHOP)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sync_cursor SET owner = 'elsewhere:1:0123abcd'")
    with pytest.raises(MallBusy, match="elsewhere"):
        database.begin(SHOP)


def test_a_run_that_ended_without_a_word_is_called_interrupted(engine: Engine) -> None:
    ProductDatabase(engine, now=lambda: NOW).begin(SHOP)
    ProductDatabase(engine, now=lambda: NOW + timedelta(hours=1)).begin(SHOP)
    outcomes = World(engine).rows("SELECT outcome FROM sync_run ORDER BY id")
    assert outcomes == [("interrupted",), ("running",)]


@pytest.mark.parametrize("apart", [A_MINUTE, -A_MINUTE], ids=["ahead", "behind"])
def test_a_host_whose_clock_differs_by_a_minute_takes_no_living_syncs_shop_over(
    engine: Engine, apart: timedelta
) -> None:
    """Its holder moves the lease on at every sign of life; here just before the next one."""
    holder = ProductDatabase(engine, now=lambda: NOW).begin(SHOP)
    a_sign_later = NOW + SIGN_OF_LIFE
    with pytest.raises(MallBusy):
        ProductDatabase(engine, now=lambda: a_sign_later + apart).begin(SHOP)
    holder.now = lambda: a_sign_later
    holder.move()


@pytest.mark.parametrize("apart", [A_MINUTE, -A_MINUTE], ids=["ahead", "behind"])
def test_a_dead_syncs_shop_is_free_to_a_host_whose_clock_differs_by_a_minute_soon_after(
    engine: Engine, apart: timedelta
) -> None:
    ProductDatabase(engine, now=lambda: NOW).begin(SHOP)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sync_cursor SET owner = 'elsewhere:1:0123abcd'")
    ProductDatabase(engine, now=lambda: NOW + LEASE + A_MINUTE + apart).begin(SHOP)
