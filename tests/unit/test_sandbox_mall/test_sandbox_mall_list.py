"""GET products and products/count: paging, order, fields and embeds."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Numbers = Callable[..., list[int]]

LIST_FIELDS = """
shop_no product_no product_code custom_product_code product_name eng_product_name
supply_product_name internal_product_name model_name price_excluding_tax price retail_price
supply_price display selling product_condition product_used_month summary_description product_tag
margin_rate tax_calculation tax_type tax_rate price_content buy_limit_by_product buy_limit_type
buy_group_list buy_member_id_list repurchase_restriction single_purchase_restriction
single_purchase buy_unit_type buy_unit order_quantity_limit_type minimum_quantity maximum_quantity
points_by_product points_setting_by_payment points_amount except_member_points product_volume
adult_certification detail_image list_image tiny_image small_image use_naverpay naverpay_type
manufacturer_code trend_code brand_code supplier_code made_date release_date expiration_date
origin_classification origin_place_no origin_place_value made_in_code icon_show_period icon hscode
product_weight product_material created_date updated_date english_product_material cloth_fabric
list_icon approve_status classification_code sold_out additional_price clearance_category_eng
clearance_category_kor clearance_category_code exposure_limit_type exposure_group_list
set_product_type use_kakaopay shipping_fee_by_product shipping_fee_type main market_sync
cultural_tax_deduction size_guide
""".split()  # noqa: SIM905 - so many names are read as text, not as a column


def _truth(control: httpx.Client, *fields: str) -> list[dict[str, Any]]:
    answer = control.get("/truth", params={"fields": ",".join(("product_no", *fields))})
    products: list[dict[str, Any]] = answer.json()["products"]
    return products


def test_ten_products_come_newest_first(api: httpx.Client, control: httpx.Client) -> None:
    products = api.get("/admin/products").json()["products"]
    numbers = [product["product_no"] for product in products]
    everything = [product["product_no"] for product in _truth(control)]
    assert numbers == sorted(everything, reverse=True)[:10]


def test_a_list_item_has_the_lists_fields_and_none_that_only_a_detail_has(
    api: httpx.Client,
) -> None:
    product = api.get("/admin/products?limit=1").json()["products"][0]
    assert list(product) == LIST_FIELDS


def test_since_product_no_walks_through_everything_once_in_order(
    all_numbers: Numbers, control: httpx.Client
) -> None:
    found: list[int] = []
    while page := all_numbers(since_product_no=found[-1] if found else 0):
        found += page
    assert found == [product["product_no"] for product in _truth(control)]
    assert found == sorted(set(found))
    assert found[-1] - found[0] + 1 > len(found), "product_nos have gaps"


def test_since_product_no_is_exclusive(all_numbers: Numbers) -> None:
    first, second, *_ = all_numbers(since_product_no=0)
    assert all_numbers(since_product_no=first)[0] == second
    assert all_numbers(since_product_no=second - 1)[0] == second


@pytest.mark.parametrize(
    "companion",
    [{"sort": "created_date"}, {"order": "asc"}, {"offset": 0}, {"product_no": 14}],
)
def test_since_product_no_refuses_its_forbidden_companions(
    api: httpx.Client, control: httpx.Client, companion: dict[str, Any]
) -> None:
    query: dict[str, Any] = {"since_product_no": 0, **companion}
    answer = api.get("/admin/products", params=query)
    assert answer.status_code == 422
    assert f"(parameter.{next(iter(companion))})" in answer.json()["error"]["message"]
    control.post("/behaviour", json={"since_product_no_is_strict": False})
    ignored = api.get("/admin/products", params=query)
    assert ignored.json() == api.get("/admin/products?since_product_no=0").json()


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "ten"},
        {"limit": -1},
        {"limit": "9" * 5000},
        {"offset": 5001},
        {"since_product_no": 2147483648},
        {"sort": "product_no"},
        {"order": "sideways"},
        {"display": "yes"},
        {"price_min": "cheap"},
        {"price_min": "nan"},
        {"price_max": "-Infinity"},
        {"stock_quantity_min": "many"},
        {"use_inventory": "yes"},
        {"updated_start_date": "9999-12-31T23:59:59-12:00", "updated_end_date": "9999-12-31"},
        {"updated_start_date": "20250101", "updated_end_date": "2025-01-02"},
        {"created_start_date": "", "created_end_date": ""},
        {"shop_no": 9},
    ],
)
def test_what_is_off_the_rules_is_422_naming_the_parameter(
    api: httpx.Client, query: dict[str, Any]
) -> None:
    answer = api.get("/admin/products", params=query)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, 422)
    assert error["message"].endswith(f"(parameter.{next(iter(query))})")
    assert error["message"].startswith("[")


def test_the_text_for_an_offset_too_far_is_the_recorded_one(api: httpx.Client) -> None:
    message = api.get("/admin/products?offset=5001").json()["error"]["message"]
    assert message == "[Start location of list] must be less than 5000. (parameter.offset)"
    assert api.get("/admin/products?offset=5000").json() == {"products": []}


def test_offset_pages_shift_when_a_product_is_added_meanwhile(
    all_numbers: Numbers, control: httpx.Client
) -> None:
    first = all_numbers(limit=10, offset=0)
    control.post("/products", json={"add": 1})
    assert all_numbers(limit=10, offset=10)[0] == first[-1]


@pytest.mark.parametrize("field", ["created_date", "updated_date", "product_name"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_sorting(api: httpx.Client, field: str, order: str) -> None:
    query: dict[str, Any] = {"sort": field, "order": order, "limit": 100}
    values = [
        product[field] for product in api.get("/admin/products", params=query).json()["products"]
    ]
    assert values == sorted(values, reverse=order == "desc")
    assert len(values) == 100


def test_order_alone_turns_newest_first_around(all_numbers: Numbers, control: httpx.Client) -> None:
    everything = [product["product_no"] for product in _truth(control)]
    assert all_numbers(order="asc") == everything[:100]
    assert all_numbers(order="desc") == everything[::-1][:100]


def test_an_unknown_parameter_is_ignored_and_everything_comes(api: httpx.Client) -> None:
    assert api.get("/admin/products/count?prodct_no=1&colour=red").json() == {"count": 250}


def test_fields_narrow_and_embed_widens(api: httpx.Client) -> None:
    query: dict[str, Any] = {
        "fields": "product_no,price",
        "embed": "variants,options,hits",
        "limit": 100,
    }
    for product in api.get("/admin/products", params=query).json()["products"]:
        assert set(product) == {"product_no", "price", "variants", "options", "hits"}


def test_every_documented_embed_adds_its_key(api: httpx.Client) -> None:
    embeds = (
        "channeldiscountprices,discountprice,decorationimages,benefits,options,variants,"
        "additionalimages,hits"
    )
    query: dict[str, Any] = {"fields": "product_no", "embed": embeds, "limit": 1}
    product = api.get("/admin/products", params=query).json()["products"][0]
    assert set(product) == {"product_no", *embeds.split(",")}


def test_fields_that_are_not_there_leave_an_empty_object(api: httpx.Client) -> None:
    query: dict[str, Any] = {"fields": "nothing", "limit": 1}
    assert api.get("/admin/products", params=query).json() == {"products": [{}]}
    answer = api.get("/admin/products", params={**query, "embed": "hits"}).json()
    assert list(answer["products"][0]) == ["hits"]


@pytest.mark.parametrize("mall_id", ["mall00003"])  # one that is known to have such a product
def test_embedded_variants_stop_at_a_hundred_without_a_word(
    api: httpx.Client, control: httpx.Client
) -> None:
    truth = {
        product["product_no"]: len(product["variants"]) for product in _truth(control, "variants")
    }
    seen: dict[int, int] = {}
    while True:
        query: dict[str, Any] = {
            "embed": "variants",
            "limit": 100,
            "since_product_no": max(seen, default=0),
        }
        page = api.get("/admin/products", params=query).json()["products"]
        if not page:
            break
        seen |= {product["product_no"]: len(product["variants"]) for product in page}
    assert seen == {number: min(count, 100) for number, count in truth.items()}
    assert {1, 100} <= set(seen.values())
    many = max(truth, key=truth.__getitem__)
    assert len(api.get(f"/admin/products/{many}/variants").json()["variants"]) == truth[many] > 100


def test_embedded_inventories_stand_in_every_variant(api: httpx.Client) -> None:
    query: dict[str, Any] = {"embed": "variants,inventories", "limit": 100}
    for product in api.get("/admin/products", params=query).json()["products"]:
        for variant in product["variants"]:
            assert variant["inventories"]["quantity"] == variant["quantity"]
            assert variant["inventories"]["variant_code"] == variant["variant_code"]


def test_a_count_takes_the_same_filters(api: httpx.Client, all_numbers: Numbers) -> None:
    cursor = all_numbers(since_product_no=0)[-1]
    assert api.get("/admin/products/count").json() == {"count": 250}
    query: dict[str, Any] = {"since_product_no": cursor}
    assert api.get("/admin/products/count", params=query).json() == {"count": 150}


def test_the_data_is_as_mixed_as_real_data(control: httpx.Client) -> None:
    products = control.get("/truth").json()["products"]
    assert any("<br>" in product["product_name"] for product in products)
    for field in ("summary_description", "made_date", "hscode", "eng_product_name"):
        assert {None, ""} <= {product[field] for product in products}
    assert {product["display"] for product in products} == {"T", "F"}
    assert {product["sold_out"] for product in products} == {"T", "F"}
    assert any(product["detail_image"] is None for product in products)
    variants = [variant for product in products for variant in product["variants"]]
    assert any(variant["quantity"] < 0 for variant in variants)
    assert any(variant["additional_amount"].startswith("-") for variant in variants)
    assert any(variant["custom_variant_code"] for variant in variants)
    assert {variant["use_inventory"] for variant in variants} == {"T", "F"}
    assert all(product["product_code"][0] == "P" for product in products)
    assert {len(product["product_code"]) for product in products} == {8}
    assert {len(variant["variant_code"]) for variant in variants} == {12}
    for product in products:
        assert product["price"].split(".")[1] == "00"
        assert product["updated_date"] >= product["created_date"]
        assert product["created_date"].endswith("+09:00")


def test_a_product_without_options_has_one_variant_with_null_options(
    control: httpx.Client,
) -> None:
    products = _truth(control, "variants", "has_option")
    without = [product["variants"] for product in products if product["has_option"] == "F"]
    assert without
    assert {len(variants) for variants in without} == {1}
    assert all(variants[0]["options"] is None for variants in without)
    assert all(len(p["variants"]) > 1 for p in products if p["has_option"] == "T")
