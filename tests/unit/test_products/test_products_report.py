"""The quality report: what a person should look at, as plain data."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest

from cafe24.products.report.frames import read_frames
from cafe24.products.report.quality import PriceJump, Quality, SuddenRise, read_quality
from cafe24.products.report.run_changes import changes_of
from cafe24.products.tables.catalog import Shop
from tests.product_world import World
from tests.small_mall import MALL


@pytest.fixture
def quality(world: World) -> Quality:
    world.stock(1, 2, 3, 4, custom_product_code="", brand_code="B0000000", product_tag=["니트"])
    world.stock(5, 6, custom_product_code="TWICE", brand_code="B000000A", sold_out="T")
    world.stock(7, 8, price=None)
    world.sync()
    world.change(1, price="59800.00")
    world.change(2, price="33000.00")
    world.change(3, price="1000.00", sold_out="T")
    world.change(7, price="5.00")
    world.sync()
    run_id = world.one("SELECT max(id) FROM sync_run")
    return read_quality(world.engine, Shop(MALL), run_id)


def test_prices_that_jump_are_told_the_largest_first(quality: Quality) -> None:
    assert quality.price_jumps == (
        PriceJump(1, "니트 1<br>3컬러", "29900.00", "59800.00", 1.0),
        PriceJump(3, "니트 3<br>3컬러", "29900.00", "1000.00", -0.9666),
    )


def test_gaps_are_told_as_shares_and_unchosen_codes_are_gaps(quality: Quality) -> None:
    assert quality.rows == 8
    assert quality.gap_shares["supply_price"] == 1.0
    assert quality.gap_shares["brand_code"] == 0.75
    assert quality.gap_shares["custom_product_code"] == 0.75
    assert quality.gap_shares["product_tag"] == 0.5
    assert quality.gap_shares["price"] == 0.125
    assert "product_name" not in quality.gap_shares
    assert list(quality.gap_shares.values()) == sorted(quality.gap_shares.values(), reverse=True)


def test_sold_out_goods_are_told_and_the_new_ones_apart(quality: Quality) -> None:
    assert quality.sold_out_share == 0.375
    assert quality.newly_sold_out_share == 0.125


def test_codes_of_several_products_are_told(quality: Quality) -> None:
    assert quality.shared_codes == {"TWICE": 2}


def test_the_report_is_plain_data(quality: Quality) -> None:
    assert orjson.loads(orjson.dumps(asdict(quality)))["rows"] == 8


def test_an_empty_shop_has_an_empty_report(world: World) -> None:
    world.sync()
    empty = read_quality(world.engine, Shop(MALL), 1)
    assert empty == Quality(0, {}, 0.0, 0.0, (), {})


def last_quality(world: World) -> Quality:
    return read_quality(world.engine, Shop(MALL), world.one("SELECT max(id) FROM sync_run"))


def test_what_rises_suddenly_is_told_with_what_it_was_before(world: World) -> None:
    goods = {
        "custom_product_code": "",
        "product_tag": ["니트"],
        "list_image": "https://a.example/1",
    }
    world.stock(*range(1, 11), **goods)
    world.change(1, sold_out="T")
    world.sync()
    assert last_quality(world).sudden == ()
    for number in (2, 3, 4):
        world.change(number, sold_out="T", product_tag=[])
    world.change(5, list_image=None, custom_product_code="TWICE", price="100000.00")
    world.change(6, custom_product_code="TWICE", price="1.00")
    world.sync()
    assert last_quality(world).sudden == (
        SuddenRise("sold out", 0.1, 0.4),
        SuddenRise("product_tag is empty", 0.0, 0.3),
        SuddenRise("code of several products", 0.0, 0.2),
        SuddenRise("price jumped by more than 30%", 0.0, 0.2),
        SuddenRise("list_image is empty", 0.0, 0.1),
    )


def test_what_was_so_before_is_not_sudden_whatever_came_and_went(world: World) -> None:
    world.stock(*range(1, 11), sold_out="T")
    world.sync()
    world.stock(*range(11, 13), sold_out="T")
    del world.mall.products[1]
    world.sync(mode="full", brake_share=1.0)
    assert last_quality(world).sold_out_share == 1.0
    assert last_quality(world).sudden == ()
    # What comes back was not there just before: all that is sold out came with it.
    world.stock(1, sold_out="T")
    for number in range(2, 13):
        world.change(number, sold_out="F")
    world.sync(mode="full")
    assert last_quality(world).sudden == ()


def test_a_product_that_was_sold_out_before_it_went_counts_before(world: World) -> None:
    world.stock(1, 2, sold_out="T")
    world.stock(3, 4)
    world.sync()
    del world.mall.products[3], world.mall.products[4]
    world.sync(mode="full", brake_share=1.0)
    assert last_quality(world).sudden == (SuddenRise("sold out", 0.5, 1.0),)


def test_what_a_run_changed_is_counted_by_kind_and_step(world: World) -> None:
    world.stock(*range(1, 11), price="100.00")
    world.stock(11, price="0.00")
    world.sync()
    prices = {1: "49.00", 2: "70.00", 3: "89.99", 4: "99.99", 5: "110.00", 6: "125.00", 7: "151.00"}
    for number, price in prices.items():
        world.change(number, price=price)
    world.change(8, sold_out="T", price="100.00")
    world.change(11, price="5.00")
    world.stock(20)
    del world.mall.products[9]
    report = world.sync(mode="full", brake_share=1.0)
    run_id = world.one("SELECT max(id) FROM sync_run")
    found = changes_of(read_frames(world.engine, Shop(MALL), run_id))
    assert (found.new, found.changed, found.deleted) == (1, report.changed, 1)
    assert (found.held, found.sold_out, found.newly_sold_out, found.back_in_stock) == (11, 1, 1, 0)
    assert list(found.price_steps.values()) == [1, 1, 1, 1, 1, 1, 0, 1]


def test_a_sync_imports_neither_pandas_nor_alembic() -> None:
    code = (
        "import sys, cafe24.products.sync, cafe24.api.client, cafe24.database.engine;"
        "print(sorted({'pandas', 'alembic', 'prefect', 'hvac'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
