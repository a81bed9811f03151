"""The quality report: what a person should look at, as plain data."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest

from cafe24.products.report import PriceJump, Quality, read_quality
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
    empty = read_quality(world.engine, Shop(MALL), 1)
    assert empty == Quality(0, {}, 0.0, 0.0, (), {})


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
