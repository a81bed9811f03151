"""The export: exact values whatever they are, and harmless ones where a spreadsheet opens it."""

import csv
import io
from typing import Any

import pytest

from cafe24.products.export import AT_ONCE, TableName, write_csv
from tests.product_world import World
from tests.small_mall import MALL, variant

TRAP = "=cmd|' /C calc'!A1"


def exported(world: World, table: TableName = "product", *, for_excel: bool = False) -> str:
    file = io.StringIO(newline="")
    rows = write_csv(world.engine, table, [MALL], file, for_excel=for_excel)
    assert rows == len(read(file.getvalue()))
    return file.getvalue()


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_values_are_exact_and_none_is_a_float(world: World) -> None:
    fields: dict[str, Any] = {
        "product_name": '니트 <br>"3컬러",\n새 줄',
        "price": "9007199254740993.07",
        "product_weight": "0.125",
        "margin_rate": None,
        "tax_rate": None,
        "buy_unit": 9007199254740993,
        "display": "T",
        "sold_out": "",
        "product_tag": ["니트", "겨울"],
        "product_volume": {"use_product_volume": "F"},
    }
    world.stock(1, **fields)
    world.sync()
    [row] = read(exported(world))
    assert {name: row[name] for name in fields} == {
        "product_name": '니트 <br>"3컬러",\n새 줄',
        "price": "9007199254740993.07",
        "product_weight": "0.125",
        "margin_rate": "",
        "tax_rate": "",
        "buy_unit": "9007199254740993",
        "display": "T",
        "sold_out": "",
        "product_tag": '["니트","겨울"]',
        "product_volume": '{"use_product_volume":"F"}',
    }
    assert (row["mall_id"], row["shop_no"], row["product_no"]) == (MALL, "1", "1")
    assert row["created_date"] == "2026-11-23T05:05:41.000000Z"
    assert row["first_seen_at"] == "2026-11-24T03:00:00.000000Z"
    assert row["selling"] == "F"


def test_records_and_hashes_are_left_out(world: World) -> None:
    header = exported(world).splitlines()[0].split(",")
    assert header[:4] == ["mall_id", "shop_no", "product_no", "first_seen_at"]
    assert not {"raw", "detail_raw", "content_hash", "variants_hash"} & set(header)
    assert {"price", "deleted_at", "option_type"} <= set(header)


def test_deleted_products_and_variants_are_left_out_and_all_changes_are_told(world: World) -> None:
    world.stock(1, 2)
    for number in (1, 2):
        world.mall.products[number]["variants"] = [variant(number, additional_amount="-1000.00")]
    world.sync()
    world.change(2, price="1.00")
    del world.mall.products[1]
    world.sync(mode="full", brake_share=1.0)
    assert [row["product_no"] for row in read(exported(world))] == ["2"]
    [held] = read(exported(world, "product_variant"))
    assert (held["variant_code"], held["additional_amount"]) == ("P0000002000A", "-1000.00")
    told = {
        (row["product_no"], row["field"]): row for row in read(exported(world, "product_change"))
    }
    assert told.keys() == {("1", "deleted_at"), ("2", "price")}
    assert (told["2", "price"]["old"], told["2", "price"]["new"]) == ("29900.00", "1.00")


def test_rows_come_by_number_and_more_than_are_held_at_once(world: World) -> None:
    numbers = range(1, AT_ONCE + 2)
    world.stock(*numbers)
    world.sync()
    assert [int(row["product_no"]) for row in read(exported(world))] == list(numbers)


def test_another_malls_rows_are_not_among_them(world: World) -> None:
    world.stock(1)
    world.sync()
    file = io.StringIO()
    assert write_csv(world.engine, "product", ["othermall"], file, for_excel=False) == 0


@pytest.mark.parametrize("text", [TRAP, "+82 10", "-", "@SUM(A1)", "\t=1", "\r=1", "＝1", "-1+2"])  # noqa: RUF001 - its wide form
def test_text_that_a_spreadsheet_would_run_is_shown_instead(world: World, text: str) -> None:
    world.stock(1, product_name=text)
    world.sync()
    [exact] = read(exported(world))
    assert exact["product_name"] == text
    for_excel = exported(world, for_excel=True)
    assert for_excel.startswith("\ufeffmall_id,")
    [harmless] = read(for_excel)
    assert harmless["product_name"] == f"'{text}"


def test_a_number_below_zero_is_no_formula(world: World) -> None:
    world.stock(1)
    world.mall.products[1]["variants"] = [variant(1, additional_amount="-1000.00", quantity=-3)]
    world.sync()
    [row] = read(exported(world, "product_variant", for_excel=True))
    assert (row["additional_amount"], row["quantity"]) == ("-1000.00", "-3")
