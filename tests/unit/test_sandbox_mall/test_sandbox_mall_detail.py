"""GET products/{no}, its variants and stock, and PUT products/{no}."""

from typing import Any

import httpx
import pytest

DETAIL_ONLY = """
category project_no description mobile_description separated_mobile_description
translated_description translated_additional_description payment_info shipping_info exchange_info
service_info payment_info_by_product shipping_info_by_product exchange_info_by_product
service_info_by_product product_tax_type_text country_hscode simple_description has_option
soldout_message option_type shipping_calculation shipping_method prepaid_shipping_fee
shipping_period shipping_scope shipping_area shipping_rates product_shipping_type
origin_place_code additional_information image_upload_type relational_product
select_one_by_option additional_image
""".split()  # noqa: SIM905 - so many names are read as text, not as a column

VARIANT_FIELDS = """
shop_no variant_code options custom_variant_code display selling display_order additional_amount
use_inventory important_inventory inventory_control_type display_soldout quantity safety_inventory
image
""".split()  # noqa: SIM905 - so many names are read as text, not as a column


@pytest.fixture
def product(control: httpx.Client) -> dict[str, Any]:
    """A product with options."""
    products = control.get("/truth").json()["products"]
    found: dict[str, Any] = next(p for p in products if 1 < len(p["variants"]) < 100)
    return found


def test_a_detail_has_the_lists_fields_and_more(api: httpx.Client, product: dict[str, Any]) -> None:
    number = product["product_no"]
    detail = api.get(f"/admin/products/{number}").json()["product"]
    listed = api.get(f"/admin/products?product_no={number}").json()["products"][0]
    assert set(detail) == {*listed, *DETAIL_ONLY}
    assert {name: detail[name] for name in listed} == listed
    assert detail == {name: value for name, value in product.items() if name != "variants"}


def test_a_detail_can_be_narrowed_and_widened(api: httpx.Client, product: dict[str, Any]) -> None:
    query: dict[str, Any] = {"fields": "product_no", "embed": "variants,options,inventories"}
    answer = api.get(f"/admin/products/{product['product_no']}", params=query).json()["product"]
    assert set(answer) == {"product_no", "variants", "options"}
    assert answer["options"]["has_option"] == "T"
    assert [one["option_name"] for one in answer["options"]["options"]] == ["색상", "사이즈"]
    assert "inventories" in answer["variants"][0]


def test_variants_come_whole_or_one_by_one(api: httpx.Client, product: dict[str, Any]) -> None:
    path = f"/admin/products/{product['product_no']}/variants"
    variants = api.get(path).json()["variants"]
    assert variants == product["variants"]
    assert list(variants[0]) == VARIANT_FIELDS
    one = api.get(f"{path}/{variants[1]['variant_code']}", params={"embed": "inventories"}).json()
    inventories = one["variant"].pop("inventories")
    assert one["variant"] == variants[1]
    stock = api.get(f"{path}/{variants[1]['variant_code']}/inventories").json()
    assert stock == {"inventory": inventories}
    assert inventories["quantity"] == variants[1]["quantity"]


def test_fields_narrow_variants(api: httpx.Client, product: dict[str, Any]) -> None:
    path = f"/admin/products/{product['product_no']}/variants"
    answer = api.get(path, params={"fields": "variant_code,quantity"}).json()
    assert {tuple(variant) for variant in answer["variants"]} == {("variant_code", "quantity")}


@pytest.mark.parametrize(
    "path",
    [
        "99999999",
        "99999999/variants",
        "{known}/variants/NOBODY",
        "{known}/nothing",
        "abc",
        "9" * 5000,
    ],
)
def test_what_is_not_there_is_404_in_the_admin_envelope(
    api: httpx.Client, product: dict[str, Any], path: str
) -> None:
    answer = api.get(f"/admin/products/{path.format(known=product['product_no'])}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == 404


def test_a_put_changes_the_product_and_dates_it(
    api: httpx.Client, product: dict[str, Any], desk: httpx.Client
) -> None:
    desk.post("/clock", json={"set": "2032-01-02T03:04:05+09:00"})
    path = f"/admin/products/{product['product_no']}"
    now_valid = {"Authorization": f"Bearer {_fresh_token(api)}"}
    body = {
        "shop_no": 1,
        "request": {"product_name": "새 이름", "no_such_field": 1, "product_no": 1},
    }
    answer = api.put(path, json=body, headers=now_valid)
    assert answer.status_code == 200
    listed = api.get(
        f"/admin/products?product_no={product['product_no']}", headers=now_valid
    ).json()["products"][0]
    assert listed["product_name"] == "새 이름"
    assert listed["updated_date"] == "2032-01-02T03:04:05+09:00"
    assert "no_such_field" not in listed


def _fresh_token(api: httpx.Client) -> str:
    origin, mall_id = str(api.base_url).removesuffix("/api/v2/").rsplit("/", 1)
    token: str = httpx.post(f"{origin}/__sandbox__/malls/{mall_id}/pair").json()["access_token"]
    return token


def test_a_put_without_request_or_content_type_is_400(
    api: httpx.Client, product: dict[str, Any]
) -> None:
    path = f"/admin/products/{product['product_no']}"
    assert api.put(path, json={"shop_no": 1}).json() == {
        "error": {"code": 400, "message": "Please enter the Request parameter."}
    }
    answer = api.put(path, content=b"{}")
    assert "application/json" in answer.json()["error"]["message"]


def test_a_put_needs_the_write_scope(
    api: httpx.Client, control: httpx.Client, product: dict[str, Any]
) -> None:
    reader = control.post("/pair", json={"scopes": ["mall.read_product"]}).json()["access_token"]
    answer = api.put(
        f"/admin/products/{product['product_no']}",
        json={"request": {}},
        headers={"Authorization": f"Bearer {reader}"},
    )
    assert answer.status_code == 403
    assert "mall.write_product" in answer.json()["error"]["message"]
