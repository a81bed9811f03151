"""One record, one row: every value exact, or a reason."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.intake import sighting, take_in
from cafe24.products.tables.raw import Misfit
from cafe24.products.tables.rows import (
    OF_VARIANT,
    detail_columns,
    product_columns,
    unknown_fields,
    variant_code_of,
    variant_values,
)
from tests.small_mall import MALL, product, variant

SHOP = Shop(MALL)
SEEN = sighting(SHOP, 1, datetime(2026, 11, 24, tzinfo=UTC))


def row(**fields: Any) -> dict[str, Any]:
    taken = take_in([product(42, **fields)], SEEN)
    for misfit in taken.misfits:
        raise Misfit(misfit["reason"])
    ((number, made),) = taken.products.items()
    return dict(zip(product_columns(), made.row(number, SEEN), strict=True))


def variant_row(record: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(OF_VARIANT.names, variant_values(record), strict=True))


def test_a_record_becomes_typed_columns_of_the_same_names() -> None:
    made = row(margin_rate="10.00", tax_rate=10, product_tag=["니트", "겨울"], use_naverpay="")
    assert made["mall_id"] == MALL
    assert made["product_no"] == 42
    assert made["product_name"] == "니트 42<br>3컬러"
    assert made["price"] == "29900.00"
    assert made["margin_rate"] == "10.00"
    assert (made["display"], made["selling"], made["use_naverpay"]) == ("1", "0", None)
    assert made["created_date"] == "2026-11-23T05:05:41.000000Z"
    assert orjson.loads(made["product_tag"]) == ["니트", "겨울"]
    assert made["tax_rate"] == 10
    assert made["model_name"] is None


def test_the_record_is_kept_as_it_came() -> None:
    fields = {"brand_new_field": {"b": 1, "a": None}}
    assert row(**fields)["raw"] == orjson.dumps(product(42, **fields)).decode()


def test_values_are_exact_text_that_both_databases_take() -> None:
    made = row(price=1000, product_weight="0.125")
    assert made["price"] == "1000.00"
    assert made["product_weight"] == "0.125"
    assert made["first_seen_at"] == "2026-11-24T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ("1100.00", "1100.00"),
        (1000, "1000.00"),
        ("-1000.00", "-1000.00"),
        ("007.50", "7.50"),
        ("1.1", "1.10"),
        ("1.100", "1.10"),
        (19.9, "19.90"),
        ("9999999999999999.99", "9999999999999999.99"),
        ("", None),
        (None, None),
    ],
)
def test_money_is_exact_in_whatever_form_it_comes(value: Any, exact: str | None) -> None:
    assert row(price=value)["price"] == exact


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23T14:05:41+09:00",
        "2026-11-23T14:05:41.000",
        "2026-11-23T14:05:41",
        "2026-11-23 14:05:41",
        "2026-11-23T05:05:41Z",
        "2026-11-23T00:05:41-05:00",
    ],
)
def test_a_time_without_an_offset_is_korean_as_everywhere_at_cafe24(value: str) -> None:
    assert row(updated_date=value)["updated_date"] == "2026-11-23T05:05:41.000000Z"


@pytest.mark.parametrize("value", [10, "10", 10.0])
def test_a_whole_number_fits_however_it_is_written(value: Any) -> None:
    fitted = row(tax_rate=value)["tax_rate"]
    assert (fitted, type(fitted)) == (10, int)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "abc"),
        ("price", "NaN"),
        ("price", "1.005"),
        ("price", "1" + "0" * 16),
        ("price", ["1.00"]),
        ("price", True),
        ("display", "Y"),
        ("display", 2),
        ("display", {}),
        ("created_date", "0000-00-00 00:00:00"),
        ("created_date", "0001-01-01T00:00:00+09:00"),
        ("created_date", 20261123),
        ("updated_date", "soon"),
        ("tax_rate", "ten"),
        ("tax_rate", 10.5),
        ("tax_rate", 10**19),
        ("tax_rate", True),
        ("tax_rate", "1_0"),
        ("tax_rate", "1e999999999"),
        ("tax_rate", "NaN"),
        ("product_weight", "1e999999999"),
        ("product_weight", "1e-999999999"),
        ("price", "1_0.00"),
        ("product_name", ["a", "list"]),
        ("product_name", True),
        ("product_no", "42"),
        ("product_no", 0),
        ("product_no", -1),
        ("product_no", None),
        ("product_no", True),
        ("shop_no", 2),
    ],
)
def test_what_does_not_fit_is_named_with_its_value(field: str, value: Any) -> None:
    with pytest.raises(Misfit, match=f"^{field}: ") as misfit:
        row(**{field: value})
    assert repr(value)[:20] in str(misfit.value)


def test_a_long_value_is_cut_in_the_reason() -> None:
    with pytest.raises(Misfit) as misfit:
        row(price="x" * 5_000_000)
    assert len(str(misfit.value)) < 120


@pytest.mark.parametrize("value", ["\0", "a\0b", "\ud83d"], ids=["nul", "nul inside", "half pair"])
def test_text_that_no_database_holds_does_not_fit(value: str) -> None:
    with pytest.raises(Misfit):
        row(brand_new_field=value)


def test_the_letters_backslash_u0000_are_no_nul() -> None:
    assert row(product_name="\\u0000")["product_name"] == "\\u0000"


def test_five_megabytes_of_text_fit() -> None:
    assert len(row(summary_description="가" * 1_700_000)["summary_description"]) == 1_700_000


def test_fields_without_a_column_are_told() -> None:
    assert unknown_fields(tuple(product(1))) == set()
    assert unknown_fields(tuple(product(1, brand_new_field=1))) == {"brand_new_field"}


def test_a_variants_stock_is_found_beside_it_or_in_its_inventories() -> None:
    stock = {"quantity": -3, "use_inventory": "F", "variant_code": "other"}
    inside = variant(1, inventories=stock)
    del inside["quantity"], inside["use_inventory"]
    made = variant_row(inside)
    assert (made["quantity"], made["use_inventory"]) == (-3, "0")
    assert variant_code_of(inside) == "P0000001000A"
    beside = variant_row(variant(1, quantity=7, inventories=stock))
    assert beside["quantity"] == 7


def test_a_surcharge_may_be_negative() -> None:
    made = variant_row(variant(1, additional_amount="-1000.00"))
    assert made["additional_amount"] == "-1000.00"


@pytest.mark.parametrize("code", [None, "", 7])
def test_a_variant_without_its_code_does_not_fit(code: Any) -> None:
    with pytest.raises(Misfit, match=r"^variant_code: "):
        variant_code_of(variant(1, variant_code=code))


def test_a_detail_gives_its_own_columns_and_keeps_the_long_texts() -> None:
    record = product(
        1,
        description="<p>니트</p>",
        has_option="T",
        category=[{"category_no": 27}],
        origin_place_code=1800,
    )
    made = detail_columns(record)
    kept = orjson.loads(made["detail_raw"])
    assert made["has_option"] == "1"
    assert made["origin_place_code"] == 1800
    assert orjson.loads(made["category"]) == [{"category_no": 27}]
    assert kept["description"] == "<p>니트</p>"
    assert "price" not in kept


def test_one_bad_record_does_not_cost_the_others() -> None:
    page = [product(1), product(2, price="a\0c"), None, {"product_no": "x"}, product(3)]
    taken = take_in(page, SEEN)
    assert list(taken.products) == [1, 3]
    assert taken.present == {1, 2, 3}
    assert taken.misfits[0]["record_key"] == "product:2"
    assert [misfit["product_no"] for misfit in taken.misfits] == [2, None, None]
    assert len({misfit["record_key"] for misfit in taken.misfits}) == 3


def test_a_record_that_turns_out_to_fit_no_row_is_set_aside_but_present() -> None:
    taken = take_in([product(1), product(2)], SEEN)
    taken.set_aside(2, "price: 'abc' does not fit its column", SEEN)
    assert list(taken.products) == [1]
    assert taken.present == {1, 2}
    assert taken.misfits[0]["record_key"] == "product:2"
