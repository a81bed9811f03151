"""The filters of GET products."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

Numbers = Callable[..., list[int]]
Test = Callable[[dict[str, Any]], bool]


@pytest.fixture
def products(control: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get("/truth").json()["products"]
    return found


@pytest.fixture
def dated(control: httpx.Client, products: list[dict[str, Any]]) -> list[int]:
    """Three products, updated late on one Korean day, early on the next, and at its end."""
    numbers = [product["product_no"] for product in products[:3]]
    times = ("2031-05-01T23:59:59", "2031-05-02T00:00:00", "2031-05-02T23:59:59")
    changes = [
        {"product_no": number, "fields": {"updated_date": f"{time}+09:00"}}
        for number, time in zip(numbers, times, strict=True)
    ]
    control.post("/products", json={"set": changes}).raise_for_status()
    return numbers


@pytest.mark.parametrize(
    ("start", "end", "places"),
    [
        ("2031-05-02", "2031-05-02", [1, 2]),
        ("2031-05-01", "2031-05-02", [0, 1, 2]),
        ("2031-05-02T00:00:00+09:00", "2031-05-02T23:59:58+09:00", [1]),
        ("2031-05-01T14:59:59+00:00", "2031-05-01T15:00:00Z", [0, 1]),
        ("2031-05-01T23:59:59", "2031-05-02T00:00:00", [0, 1]),
        ("2031-05-02T10:00:00+09:00", "2031-05-02T10:00:00+09:00", [1, 2]),
        ("2031-05-03", "2031-05-04", []),
    ],
)
def test_a_period_is_korean_inclusive_and_equal_ends_are_a_whole_day(
    all_numbers: Numbers, dated: list[int], start: str, end: str, places: list[int]
) -> None:
    found = all_numbers(updated_start_date=start, updated_end_date=end, since_product_no=0)
    assert found == [dated[place] for place in places]


def test_created_dates_are_a_filter_of_their_own(
    all_numbers: Numbers, products: list[dict[str, Any]]
) -> None:
    day = products[100]["created_date"][:10]
    found = all_numbers(created_start_date=day, created_end_date=day, since_product_no=0)
    assert found == [p["product_no"] for p in products if p["created_date"].startswith(day)]


@pytest.mark.parametrize("lonely", ["updated_start_date", "created_end_date"])
def test_half_a_period_is_422(api: httpx.Client, lonely: str) -> None:
    answer = api.get("/admin/products", params={lonely: "2031-05-02"})
    assert answer.status_code == 422
    assert "together" in answer.json()["error"]["message"]


def test_a_plus_that_was_not_encoded_is_no_time(api: httpx.Client) -> None:
    period = "updated_start_date=2031-05-01T00:00:00+09:00&updated_end_date=2031-05-02"
    assert api.get(f"/admin/products?{period}").status_code == 422
    assert api.get(f"/admin/products?{period.replace('+', '%2B')}").status_code == 200


@pytest.mark.parametrize("name", ["display", "selling", "market_sync"])
@pytest.mark.parametrize("value", ["T", "F"])
def test_flags(api: httpx.Client, products: list[dict[str, Any]], name: str, value: str) -> None:
    expected = sum(product[name] == value for product in products)
    assert api.get("/admin/products/count", params={name: value}).json() == {"count": expected}


@pytest.mark.parametrize(
    "name", ["product_no", "product_code", "custom_product_code", "brand_code", "product_name"]
)
def test_comma_lists_mean_or(api: httpx.Client, products: list[dict[str, Any]], name: str) -> None:
    named = [product for product in products if product[name]]
    wanted = {str(named[3][name]), str(named[30][name])}
    answer = api.get("/admin/products", params={name: ",".join(wanted), "limit": 100}).json()
    found = {str(product[name]) for product in answer["products"]}
    assert found >= wanted
    if name != "product_name":
        assert found == wanted


def test_more_than_a_hundred_values_are_422(api: httpx.Client) -> None:
    hundred = ",".join(str(number) for number in range(100))
    assert api.get("/admin/products", params={"product_no": hundred}).status_code == 200
    assert api.get("/admin/products", params={"product_no": hundred + ",100"}).status_code == 422


def test_a_name_is_searched_within_and_in_any_case(
    api: httpx.Client, products: list[dict[str, Any]]
) -> None:
    expected = sum("니트" in product["product_name"] for product in products)
    answer = api.get("/admin/products/count", params={"product_name": "니트"})
    assert answer.json() == {"count": expected}
    assert expected > 0
    found = [api.get(f"/admin/products/count?eng_product_name={n}").json() for n in ("MUG", "mug")]
    assert found[0] == found[1]
    assert found[0]["count"] > 0


@pytest.mark.parametrize(
    ("query", "low", "high"),
    [
        ({"price_min": 100000}, 100000, 10**9),
        ({"price_max": 50000}, 0, 50000),
        ({"price_min": 50000, "price_max": 60000}, 50000, 60000),
    ],
)
def test_price_ranges(
    api: httpx.Client,
    products: list[dict[str, Any]],
    query: dict[str, int],
    low: int,
    high: int,
) -> None:
    expected = sum(low <= float(product["price"]) <= high for product in products)
    assert api.get("/admin/products/count", params=query).json() == {"count": expected}
    assert 0 < expected < 250


def test_a_price_that_is_no_number_is_served_and_counts_as_nothing(
    api: httpx.Client, control: httpx.Client, products: list[dict[str, Any]]
) -> None:
    number = products[0]["product_no"]
    before = api.get("/admin/products/count?price_max=0").json()["count"]
    change = {"product_no": number, "fields": {"price": "협의"}}
    control.post("/products", json={"set": [change]})
    assert api.get(f"/admin/products/{number}").json()["product"]["price"] == "협의"
    assert api.get("/admin/products/count?price_max=0").json()["count"] == before + 1


def test_category_finds_what_the_detail_tells(
    api: httpx.Client, products: list[dict[str, Any]]
) -> None:
    wanted = next(
        product["category"][0]["category_no"] for product in products if product["category"]
    )
    expected = sum(
        any(one["category_no"] == wanted for one in product["category"]) for product in products
    )
    assert api.get(f"/admin/products/count?category={wanted}").json() == {"count": expected}


def _any_variant(**wanted: Any) -> Test:
    return lambda product: any(wanted.items() <= one.items() for one in product["variants"])


def _stock(name: str, low: int, high: int) -> Test:
    return lambda product: any(low <= one[name] <= high for one in product["variants"])


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ({"use_inventory": "F"}, _any_variant(use_inventory="F")),
        ({"stock_quantity_max": -1}, _stock("quantity", -99, -1)),
        ({"stock_quantity_min": 90, "stock_quantity_max": 99}, _stock("quantity", 90, 99)),
        ({"stock_safety_min": 1}, _stock("safety_inventory", 1, 10**9)),
        ({"category_unapplied": "T"}, lambda product: not product["category"]),
        ({"category_unapplied": "F"}, lambda _product: True),
        ({"option_type": "T"}, lambda product: product["option_type"] == "T"),
        ({"approve_status": "I"}, lambda product: product["approve_status"] == "I"),
        ({"product_weight": "1"}, lambda product: product["product_weight"] == "1.00"),
        ({"product_bundle": "F"}, lambda product: product["set_product_type"] is None),
        ({"product_bundle": "T"}, lambda product: product["set_product_type"] is not None),
    ],
)
def test_filters_that_look_further_than_the_list(
    api: httpx.Client,
    control: httpx.Client,
    products: list[dict[str, Any]],
    query: dict[str, Any],
    passes: Test,
) -> None:
    fields = {"product_weight": "1.00", "set_product_type": "C", "category": []}
    marked = products[7]
    control.post(
        "/products", json={"set": [{"product_no": marked["product_no"], "fields": fields}]}
    )
    expected = sum(
        passes(product) for product in [*products[:7], {**marked, **fields}, *products[8:]]
    )
    assert api.get("/admin/products/count", params=query).json() == {"count": expected}
    assert expected > 0


def test_a_variant_code_and_additional_information_are_found(
    api: httpx.Client, control: httpx.Client, products: list[dict[str, Any]]
) -> None:
    number = products[3]["product_no"]
    told = [{"key": "custom_option1", "name": "세탁", "value": "손세탁"}]
    fields = {"additional_information": told, "variants": [{"custom_variant_code": "KNIT-7-NV"}]}
    control.post("/products", json={"set": [{"product_no": number, "fields": fields}]})
    key = "additional_information_key=custom_option1&additional_information_value"
    for query in ("custom_variant_code=x,KNIT-7-NV", f"{key}=손세탁"):
        found = api.get(f"/admin/products?{query}").json()["products"]
        assert [product["product_no"] for product in found] == [number]
    assert api.get(f"/admin/products/count?{key}=건조").json() == {"count": 0}


def test_a_record_of_any_shape_is_served_and_passes_by(
    api: httpx.Client, control: httpx.Client, products: list[dict[str, Any]]
) -> None:
    number = products[0]["product_no"]
    fields = {
        "category": 5,
        "product_tag": [7, None],
        "additional_information": ["x"],
        "variants": [{"options": "none", "quantity": "many"}],
    }
    control.post("/products", json={"set": [{"product_no": number, "fields": fields}]})
    control.post("/products", json={"change": [number]}).raise_for_status()
    for query in ("category=5", "product_tag=x", "stock_quantity_min=1", "embed=options,variants"):
        assert api.get(f"/admin/products?{query}").status_code == 200
    seen = api.get(f"/admin/products/{number}?embed=options,variants,inventories").json()["product"]
    assert (seen["category"], seen["options"]["options"]) == (5, [])


def test_filters_are_combined_and_dates_parse_back(products: list[dict[str, Any]]) -> None:
    offsets = {datetime.fromisoformat(product["updated_date"]).utcoffset() for product in products}
    assert {str(offset) for offset in offsets} == {"9:00:00"}
