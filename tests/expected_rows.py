"""What the tables must hold when they equal a mall: written anew from Cafe24's documentation.

It shares no code with the conversion it checks: columns, types and texts are spelled
out here, and the databases are read with their own drivers.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

Record = dict[str, Any]

MONEY = {
    *("price", "price_excluding_tax", "retail_price", "supply_price", "additional_price"),
    "additional_amount",
}
MEASURES = {"margin_rate", "product_weight"}
FLAGS = {
    *("display", "selling", "sold_out", "market_sync", "buy_limit_by_product"),
    *("repurchase_restriction", "single_purchase_restriction", "points_by_product"),
    *("except_member_points", "use_naverpay", "use_kakaopay", "adult_certification"),
    *("shipping_fee_by_product", "cultural_tax_deduction", "use_inventory", "display_soldout"),
}
TIMES = {"created_date", "updated_date"}
NUMBERS = {
    *("tax_rate", "product_used_month", "buy_unit", "minimum_quantity", "maximum_quantity"),
    *("origin_place_no", "display_order", "quantity", "safety_inventory"),
}
TREES = {
    *("product_tag", "buy_group_list", "buy_member_id_list", "points_amount"),
    *("exposure_group_list", "expiration_date", "product_volume", "size_guide", "icon"),
    *("icon_show_period", "list_icon", "main", "options"),
}
PRODUCT_TEXTS = {
    *("product_code", "custom_product_code", "product_name", "eng_product_name"),
    *("supply_product_name", "internal_product_name", "model_name", "price_content"),
    *("tax_calculation", "tax_type", "approve_status", "product_condition"),
    *("summary_description", "manufacturer_code", "trend_code", "brand_code", "supplier_code"),
    *("classification_code", "set_product_type", "detail_image", "list_image", "tiny_image"),
    *("small_image", "buy_limit_type", "single_purchase", "buy_unit_type"),
    *("order_quantity_limit_type", "points_setting_by_payment", "naverpay_type"),
    *("exposure_limit_type", "shipping_fee_type", "made_date", "release_date"),
    *("origin_classification", "origin_place_value", "made_in_code", "hscode"),
    *("product_material", "english_product_material", "cloth_fabric"),
    *("clearance_category_eng", "clearance_category_kor", "clearance_category_code"),
}
VARIANT_TEXTS = {
    *("custom_variant_code", "duplicated_custom_variant_code", "important_inventory"),
    *("inventory_control_type", "image", "gtin"),
}
VARIANT_COLUMNS = VARIANT_TEXTS | {
    *("options", "display", "selling", "display_order", "additional_amount", "supply_price"),
    *("use_inventory", "display_soldout", "quantity", "safety_inventory"),
}
PRODUCT_COLUMNS = (
    PRODUCT_TEXTS | MONEY | MEASURES | FLAGS | TIMES | NUMBERS | TREES
) - {
    *("options", "display_order", "additional_amount", "use_inventory", "display_soldout"),
    *("quantity", "safety_inventory"),
}  # fmt: skip
DETAIL_ONLY = {
    *("category", "project_no", "description", "mobile_description", "has_option"),
    *("separated_mobile_description", "translated_description", "option_type"),
    *("translated_additional_description", "payment_info", "shipping_info", "exchange_info"),
    *("service_info", "payment_info_by_product", "shipping_info_by_product"),
    *("exchange_info_by_product", "service_info_by_product", "product_tax_type_text"),
    *("country_hscode", "simple_description", "soldout_message", "shipping_calculation"),
    *("shipping_method", "prepaid_shipping_fee", "shipping_period", "shipping_scope"),
    *("shipping_area", "shipping_rates", "product_shipping_type", "origin_place_code"),
    *("additional_information", "image_upload_type", "relational_product"),
    *("select_one_by_option", "additional_image"),
}
OURS = {"raw", "content_hash", "first_seen_at", "changed_at", "deleted_at"}
OURS_OF_PRODUCTS = OURS | {
    *("missing_since", "variants_hash", "detail_seen_at", "detail_raw"),
    *(DETAIL_ONLY & {"has_option", "option_type", "simple_description", "soldout_message"}),
    *("category", "shipping_calculation", "shipping_method", "shipping_scope"),
    *("prepaid_shipping_fee", "product_shipping_type", "origin_place_code"),
    *("image_upload_type", "select_one_by_option", "separated_mobile_description"),
    *("product_tax_type_text", "payment_info_by_product", "shipping_info_by_product"),
    *("exchange_info_by_product", "service_info_by_product"),
}


def expected_products(mall_id: str, truth: Iterable[Record]) -> dict[int, Record]:
    """Return the rows that these records must have become, by product_no."""
    return {one["product_no"]: _product(mall_id, one) for one in truth}


def expected_variants(mall_id: str, truth: Iterable[Record]) -> dict[str, Record]:
    """Return the rows of all variants of these records, by variant_code."""
    return {
        variant["variant_code"]: _variant(mall_id, one["product_no"], variant)
        for one in truth
        for variant in one["variants"]
    }


def held(database: str, table: str, mall_id: str) -> list[Record]:
    """Return the rows that are not tombstones, every column, as SQLite keeps their values.

    Args:
        database: the path of a SQLite file, or PostgreSQL's address.
        table: product or product_variant.
        mall_id: whose rows.
    """
    query = f"SELECT * FROM {table} WHERE mall_id = '{mall_id}' AND deleted_at IS NULL"  # noqa: S608 - our own names
    if database.startswith("postgresql://"):
        with psycopg.connect(database, row_factory=dict_row) as server:
            return [_plain(row) for row in server.execute(query.encode())]
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return [_with_trees(dict(row)) for row in connection.execute(query)]


def assert_equal(database: str, mall_id: str, truth: Iterable[Record]) -> None:
    """Compare every row and every column of products and variants, and the view of products."""
    records = list(truth)
    products = {row["product_no"]: row for row in held(database, "product", mall_id)}
    variants = {row["variant_code"]: row for row in held(database, "product_variant", mall_id)}
    for row in variants.values():
        # What is read singly brings its stock once more, which is not of the list's record.
        assert row["raw"].pop("inventories", row["raw"]).items() <= row["raw"].items()
    _assert_rows(products, expected_products(mall_id, records), OURS_OF_PRODUCTS)
    _assert_rows(variants, expected_variants(mall_id, records), OURS)


def _assert_rows(rows: dict[Any, Record], wanted: dict[Any, Record], ours: set[str]) -> None:
    assert rows.keys() == wanted.keys()
    for key, expected in wanted.items():
        row = rows[key]
        assert row.keys() - ours == expected.keys() - ours, key
        different = {
            name: (row[name], value) for name, value in expected.items() if row[name] != value
        }
        assert different == {}, key
        assert row["first_seen_at"] <= row["changed_at"]
        assert row.get("missing_since") is None


def _product(mall_id: str, record: Record) -> Record:
    hidden = DETAIL_ONLY | {"variants"}
    return {
        "mall_id": mall_id,
        "shop_no": record["shop_no"],
        "product_no": record["product_no"],
        "raw": {name: value for name, value in record.items() if name not in hidden},
        **{name: _value(name, record.get(name)) for name in PRODUCT_COLUMNS},
    }


def _variant(mall_id: str, product_no: int, record: Record) -> Record:
    return {
        "mall_id": mall_id,
        "shop_no": record["shop_no"],
        "variant_code": record["variant_code"],
        "product_no": product_no,
        "raw": record,
        **{name: _value(name, record.get(name)) for name in VARIANT_COLUMNS},
    }


def _value(name: str, told: Any) -> Any:
    """Return what SQLite keeps of a value that Cafe24 told."""
    if told is None or (told == "" and name not in PRODUCT_TEXTS | VARIANT_TEXTS | TREES):
        return None
    if name in FLAGS:
        return {"T": 1, "F": 0}[told]
    if name in TIMES:
        return f"{datetime.fromisoformat(told).astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    return told


def _plain(row: Record) -> Record:
    """Return PostgreSQL's values as SQLite keeps them; its driver parses trees itself."""
    return {name: _as_kept(value) for name, value in row.items()}


def _as_kept(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    return int(value) if isinstance(value, bool) else value


def _with_trees(row: Record) -> Record:
    """Parse what is JSON. The sandbox writes money with two decimals, so it stays as it is."""
    trees = {"raw", "detail_raw", "category"} | TREES
    return {
        name: json.loads(value) if name in trees and value is not None else value
        for name, value in row.items()
    }
