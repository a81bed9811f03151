"""What only a sandbox has: orders at /__sandbox__/, and the truth to compare with."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox.mall.catalogue.product import EMBEDDED_VARIANTS

Refresh = Callable[..., httpx.Response]


def _products(control: httpx.Client) -> dict[int, dict[str, Any]]:
    found = control.get("/truth").json()["products"]
    return {product["product_no"]: product for product in found}


def test_orders_are_carried_out_and_say_whom_they_touched(
    control: httpx.Client, api: httpx.Client
) -> None:
    before = _products(control)
    order = {"add": 3, "change": 4, "delete": 2, "silent": 5}
    touched = control.post("/products", json=order).json()
    after = _products(control)
    assert {kind: len(touched[kind]) for kind in order} == order
    named = [number for kind in order for number in touched[kind]]
    assert len(set(named)) == len(named), "nobody is touched twice"
    assert set(after) - set(before) == set(touched["add"])
    assert set(before) - set(after) == set(touched["delete"])
    assert touched["count"] == len(after) == api.get("/admin/products/count").json()["count"]
    different = {number for number in set(before) & set(after) if before[number] != after[number]}
    assert different == {*touched["change"], *touched["silent"]}
    for number in touched["change"]:
        assert after[number]["updated_date"] > before[number]["updated_date"]
        assert after[number]["price"] != before[number]["price"]
    for number in touched["silent"]:
        assert after[number]["updated_date"] == before[number]["updated_date"]
        assert after[number]["price"] != before[number]["price"]


def test_a_changed_product_is_served_changed(control: httpx.Client, api: httpx.Client) -> None:
    number = api.get("/admin/products?limit=1&embed=variants").json()["products"][0]["product_no"]
    control.post("/products", json={"change": [number]})
    served = api.get("/admin/products?limit=1&embed=variants").json()["products"][0]
    truth = _products(control)[number]
    truth["variants"] = truth["variants"][:EMBEDDED_VARIANTS]
    assert served == {name: truth[name] for name in served}


def test_a_deleted_product_is_gone_and_can_come_back(
    control: httpx.Client, api: httpx.Client
) -> None:
    [number] = control.post("/products", json={"delete": 1}).json()["delete"]
    assert api.get(f"/admin/products/{number}").status_code == 404
    assert control.post("/products", json={"restore": [number]}).json()["count"] == 250
    assert api.get(f"/admin/products/{number}").status_code == 200


def test_added_products_are_newest_and_dated_now(
    control: httpx.Client, api: httpx.Client, desk: httpx.Client
) -> None:
    now = desk.get("/clock").json()["now"]
    [number] = control.post("/products", json={"add": 1}).json()["add"]
    newest = api.get("/admin/products?limit=1").json()["products"][0]
    assert newest["product_no"] == number
    age = datetime.fromisoformat(newest["created_date"]) - datetime.fromisoformat(now)
    assert 0 <= age.total_seconds() <= 2


def test_changes_can_be_kept_to_products_that_control_added(control: httpx.Client) -> None:
    assert control.post("/products", json={"change": 1, "only_added": True}).status_code == 400
    added = control.post("/products", json={"add": 3}).json()["add"]
    changed = control.post("/products", json={"change": 3, "only_added": True}).json()["change"]
    assert changed == added


def test_fields_can_be_set_silently_or_dated(control: httpx.Client, api: httpx.Client) -> None:
    first, second = list(_products(control).values())[:2]
    fields = {"product_name": "정한 이름", "variants": []}
    changes = [
        {"product_no": first["product_no"], "fields": fields},
        {"product_no": second["product_no"], "fields": fields, "silent": True},
    ]
    assert control.post("/products", json={"set": changes}).json()["set"] == [
        first["product_no"],
        second["product_no"],
    ]
    after = _products(control)
    for before, is_dated in ((first, True), (second, False)):
        now = after[before["product_no"]]
        assert (now["product_name"], now["variants"]) == ("정한 이름", [])
        assert (now["updated_date"] > before["updated_date"]) is is_dated
    path = f"/admin/products/{first['product_no']}/variants"
    assert api.get(path).json() == {"variants": []}


@pytest.mark.parametrize(
    "order",
    [
        {"change": 251},
        {"delete": [1]},
        {"restore": [14]},
        {"add": "many"},
        {"add": 10**9},
        {"change": {"14": 1}},
        {"rename": 1},
        {"set": [{"product_no": 14}]},
        {"set": [{"product_no": 14, "fields": {"updated_date": "yesterday"}}]},
        {"set": [{"product_no": 1, "fields": {}}]},
        {"set": [{"product_no": 14, "fields": {"product_no": 15}}]},
        {"set": [{"product_no": [14], "fields": {}}]},
        {"set": [{"product_no": 14, "fields": {}, "silent": "yes"}]},
        {"set": [{"product_no": 14, "fields": {}, "when": "now"}]},
        {"set": [{"product_no": 14, "fields": {"variants": 5}}]},
        {"set": [{"product_no": 14, "fields": {"variants": ["x"]}}]},
        {"set": [{"product_no": 14, "fields": {"updated_date": "9999-12-31T23:59:59-12:00"}}]},
        {"add": 1, "delete": [1]},
    ],
)
def test_an_impossible_order_is_refused_whole(control: httpx.Client, order: dict[str, Any]) -> None:
    before = _products(control)
    answer = control.post("/products", json=order)
    assert answer.status_code == 400
    assert "\n" not in answer.json()["error"]
    assert _products(control) == before


def test_a_pair_lives_as_long_as_it_was_ordered(
    control: httpx.Client, api: httpx.Client, refresh: Refresh, desk: httpx.Client
) -> None:
    order = {"refresh_remaining_s": 3600, "access_remaining_s": -1, "issued_ago_s": 86400}
    pair = control.post("/pair", json=order).json()
    times = {
        name: datetime.fromisoformat(pair[name])
        for name in ("issued_at", "expires_at", "refresh_token_expires_at")
    }
    assert (times["refresh_token_expires_at"] - times["issued_at"]).total_seconds() == 90000
    assert (times["expires_at"] - times["issued_at"]).total_seconds() == 86399
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    assert api.get("/admin/products", headers=bearer).status_code == 401
    desk.post("/clock", json={"advance_s": 3601})
    assert refresh(pair["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    ("what", "statuses"),
    [("all", (401, 400)), ("access", (401, 200)), ("refresh", (200, 400)), ("app", (403, 400))],
)
def test_revoking_kills_what_it_names(
    control: httpx.Client, api: httpx.Client, refresh: Refresh, what: str, statuses: tuple[int, int]
) -> None:
    control.post("/revoke", json={"what": what})
    assert (api.get("/admin/products").status_code, refresh().status_code) == statuses


def test_the_truth_tells_live_tokens_in_full(
    control: httpx.Client, pair: dict[str, Any], refresh: Refresh, mall_id: str
) -> None:
    granted = refresh(pair["refresh_token"]).json()
    truth = control.get("/truth").json()
    [live] = truth["refresh_tokens"]
    assert live["token"] == granted["refresh_token"]
    assert 14 * 86400 - 10 < live["remaining_s"] <= 14 * 86400
    assert [one["token"] for one in truth["access_tokens"]] == [
        pair["access_token"],
        granted["access_token"],
    ]
    assert truth["app_installed"] is True
    assert (truth["mall_id"], truth["product_count"]) == (mall_id, len(truth["products"]))
    counts = [len(product["variants"]) for product in truth["products"]]
    assert truth["variant_count"] == sum(counts)


def test_grants_tell_who_presented_what(
    control: httpx.Client, pair: dict[str, Any], refresh: Refresh
) -> None:
    granted = refresh(pair["refresh_token"]).json()
    refresh(pair["refresh_token"])
    first, second = control.get("/grants").json()["grants"]
    assert first["kind"] == "refresh_token"
    assert (first["outcome"], second["outcome"]) == ("granted", "invalid_grant")
    assert first["presented"] == second["presented"] == pair["refresh_token"]
    assert (first["issued"], second["issued"]) == (granted["refresh_token"], "")
    assert datetime.fromisoformat(first["at"]).tzinfo is not None


def test_calls_are_counted_and_told(
    desk: httpx.Client, api: httpx.Client, mall_id: str, refresh: Refresh
) -> None:
    api.get("/admin/products?limit=1")
    number = api.get("/admin/products?limit=1").json()["products"][0]["product_no"]
    api.get(f"/admin/products/{number}")
    refresh("never-issued")
    told = desk.get("/calls", params={"mall_id": mall_id}).json()
    counts = {(one["endpoint"], one["status"]): one["count"] for one in told["counts"]}
    assert counts == {("products", 200): 2, ("detail", 200): 1, ("token", 400): 1}
    assert told["total"] == 4
    assert [call["path"].rsplit("/", 1)[1] for call in told["recent"]] == [
        "token",
        str(number),
        "products",
        "products",
    ]
    assert told["recent"][-1]["query"] == "limit=1"


def test_calls_can_be_forgotten(desk: httpx.Client, api: httpx.Client) -> None:
    api.get("/admin/products")
    assert desk.delete("/calls").json() == {"total": 0, "counts": [], "recent": []}


def test_no_query_of_an_oauth_call_is_kept(
    server: dict[str, Any], mall_id: str, desk: httpx.Client
) -> None:
    query = {"state": "invented-secret-state"}
    httpx.get(f"{server['url']}/{mall_id}/api/v2/oauth/authorize", params=query)
    assert "invented-secret-state" not in desk.get("/calls").text


def test_the_clock_moves_on_from_where_it_is_put(desk: httpx.Client) -> None:
    desk.post("/clock", json={"set": "2030-01-01T00:00:00Z"})
    now = desk.post("/clock", json={"advance_s": 3600}).json()["now"]
    assert now.startswith("2030-01-01T10:00:0")
    for wrong in ({"set": "noon"}, {"set": 5}, {"advance_s": "1"}, {"tick": 1}):
        assert desk.post("/clock", json=wrong).status_code == 400


def test_the_app_can_be_registered_anew(
    desk: httpx.Client, refresh: Refresh, pair: dict[str, Any]
) -> None:
    told = desk.post("/app", json={"client_secret": "invented-next-secret"}).json()
    assert told["client_secret"] == "invented-next-secret"
    assert refresh(pair["refresh_token"]).status_code == 401
    impossible: list[dict[str, Any]] = [
        {"scopes": []},
        {"client_id": 5},
        {"scopes": "mall.read_product"},
        {"x": 1},
    ]
    for wrong in impossible:
        assert desk.post("/app", json=wrong).status_code == 400


@pytest.mark.parametrize("name", ["samplemall", "Undefined", "", "a.b", "__sandbox__"])
def test_a_mall_that_cannot_be_is_not_opened(desk: httpx.Client, name: str) -> None:
    assert desk.post("/malls", json={"mall_id": name}).status_code == 400


def test_an_order_for_an_unknown_mall_is_404(desk: httpx.Client) -> None:
    answer = desk.post("/malls/undefined/pair")
    assert answer.status_code == 404
    assert "undefined" in answer.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"7"])
def test_a_body_that_is_no_object_is_400(control: httpx.Client, body: bytes) -> None:
    assert control.post("/pair", content=body).status_code == 400


@pytest.mark.parametrize("life", ["long", True, 1e300, -1e10, [1]])
@pytest.mark.parametrize("name", ["refresh_remaining_s", "access_remaining_s", "issued_ago_s"])
def test_a_life_that_cannot_be_is_400_and_issues_nothing(
    control: httpx.Client, name: str, life: object
) -> None:
    answer = control.post("/pair", json={name: life})
    assert answer.status_code == 400
    assert name in answer.json()["error"]
    assert control.get("/truth").json()["refresh_tokens"] == []


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"advance_s": "long"},
        {"advance_s": 1e12},
        {"advance_s": True},
        {"set": "soon"},
        {"set": None},
        {"set": "9999-12-31T23:59:59Z"},
        {"set": "0001-01-01T00:00:00Z"},
        {"advance_s": 1, "set": "2026-01-01"},
    ],
)
def test_a_clock_goes_nowhere_when_its_order_is_wrong(
    desk: httpx.Client, order: dict[str, Any]
) -> None:
    answer = desk.post("/clock", json=order)
    assert answer.status_code == 400
    assert "\n" not in answer.json()["error"]
    now = datetime.fromisoformat(desk.get("/clock").json()["now"])
    assert now.year == datetime.now(UTC).year


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/products"), ("PUT", "/pair"), ("POST", "/truth"), ("GET", "/")]
)
def test_an_order_that_control_does_not_know_is_404_and_names_those_it_knows(
    control: httpx.Client, method: str, path: str
) -> None:
    answer = control.request(method, path)
    assert answer.status_code == 404
    assert "POST malls/{mall_id}/products" in answer.json()["error"]


def test_an_odd_product_is_told_as_the_text_it_was_given_until_it_is_changed(
    control: httpx.Client, api: httpx.Client
) -> None:
    control.post("/products", json={"delete": 250, "add": [7, 3]}).raise_for_status()
    odd = [{"product_no": 7, "json": '{"price": NaN}'}, {"product_no": 5, "json": "[]"}]
    control.post("/products", json={"odd": odd}).raise_for_status()
    assert api.get("/admin/products/count").json() == {"count": 3}
    listed = api.get("/admin/products", params={"limit": 100, "since_product_no": 0}).text
    assert listed.endswith(',[],{"price": NaN}]}')
    assert api.get("/admin/products/7").text == '{"product":{"price": NaN}}'
    truth = control.get("/truth").json()
    assert ([one["product_no"] for one in truth["products"]], truth["odd"]) == ([3], [5, 7])
    control.post("/products", json={"change": [7]}).raise_for_status()
    assert api.get("/admin/products/7").json()["product"]["product_no"] == 7


@pytest.mark.parametrize(
    "order",
    [
        {"add": [1, 0]},
        {"add": ["7"]},
        {"odd": [{"product_no": 7}]},
        {"odd": [{"product_no": 7, "json": {}}]},
        {"odd": [{"product_no": 0, "json": ""}]},
        {"odd": {"7": ""}},
    ],
)
def test_what_cannot_be_added_or_odd_is_refused_and_nothing_happens(
    control: httpx.Client, order: dict[str, Any]
) -> None:
    before = control.get("/truth").json()["product_count"]
    assert control.post("/products", json={"delete": 1, **order}).status_code == 400
    assert control.get("/truth").json()["product_count"] == before
