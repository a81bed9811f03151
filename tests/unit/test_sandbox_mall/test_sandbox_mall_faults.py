"""Ordered faults: what the caller sees, and whether the work was done."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Refresh = Callable[..., httpx.Response]


@pytest.fixture
def is_spent(control: httpx.Client, pair: dict[str, Any]) -> Callable[[], bool]:
    """Tell whether the pair's refresh token was used up."""

    def look() -> bool:
        live = control.get("/truth", params={"fields": "product_no"}).json()["refresh_tokens"]
        return pair["refresh_token"] not in [one["token"] for one in live]

    return look


@pytest.mark.parametrize(
    ("kind", "spends"),
    [
        ("drop_before", False),
        ("drop_after", True),
        ("reset", False),
        ("reset_after", True),
        ("cut", True),
        ("cut_reset", True),
        ("cut_head", True),
    ],
)
def test_a_broken_line_leaves_no_answer_and_maybe_a_spent_token(
    control: httpx.Client,
    refresh: Refresh,
    is_spent: Callable[[], bool],
    kind: str,
    spends: bool,
) -> None:
    control.post("/faults", json=[{"on": "token", "kind": kind}])
    with pytest.raises(httpx.TransportError):
        refresh()
    assert is_spent() is spends
    assert len(control.get("/grants").json()["grants"]) == spends


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("drop_before", httpx.RemoteProtocolError),
        ("drop_after", httpx.RemoteProtocolError),
        ("cut", httpx.RemoteProtocolError),
        ("cut_head", httpx.RemoteProtocolError),
        ("cut_reset", httpx.ReadError),
        ("reset", httpx.ReadError),
        ("reset_after", httpx.ReadError),
    ],
)
def test_a_closed_line_looks_different_from_a_reset_one(
    control: httpx.Client, api: httpx.Client, kind: str, error: type[Exception]
) -> None:
    control.post("/faults", json=[{"on": "products", "kind": kind}])
    with pytest.raises(error):
        api.get("/admin/products")


@pytest.mark.parametrize(
    ("fault", "spends"),
    [
        ({"kind": "status", "status": 504}, False),
        ({"kind": "html"}, False),
        ({"kind": "empty"}, False),
        ({"kind": "no_tokens"}, True),
        ({"kind": "truncate", "keep_bytes": 90}, True),
        ({"kind": "truncate", "keep_bytes": 0}, True),
    ],
)
def test_an_answer_without_a_refresh_token_and_whether_one_was_spent(
    control: httpx.Client,
    refresh: Refresh,
    is_spent: Callable[[], bool],
    fault: dict[str, Any],
    spends: bool,
) -> None:
    control.post("/faults", json={"on": "token", **fault})
    assert b'"refresh_token"' not in refresh().content
    assert is_spent() is spends


def test_fields_of_an_answer_can_be_replaced(control: httpx.Client, refresh: Refresh) -> None:
    control.post("/faults", json={"kind": "patch", "body": {"mall_id": "othermall"}})
    granted = refresh().json()
    assert granted["mall_id"] == "othermall"
    assert granted["refresh_token"]


@pytest.mark.parametrize(
    ("fault", "status", "beginning"),
    [
        ({"kind": "status"}, 500, b'{"error":{"code":500'),
        ({"kind": "status", "status": 503, "body": "weg"}, 503, b"weg"),
        ({"kind": "status", "status": 429, "body": {"a": 1}}, 429, b'{"a":1}'),
        ({"kind": "status", "status": 204}, 204, b""),
        ({"kind": "html"}, 200, b"<html>"),
        ({"kind": "html", "status": 502, "body": "<p>502</p>"}, 502, b"<p>502</p>"),
        ({"kind": "empty"}, 200, b'{"products":[]}'),
        ({"kind": "truncate", "keep_bytes": 20}, 200, b'{"products":[{"shop_'),
    ],
)
def test_a_wrong_answer_of_the_product_list(
    control: httpx.Client, api: httpx.Client, fault: dict[str, Any], status: int, beginning: bytes
) -> None:
    control.post("/faults", json=[{"on": "products", **fault}])
    answer = api.get("/admin/products")
    assert answer.status_code == status
    assert answer.content.startswith(beginning)
    assert len(api.get("/admin/products").json()["products"]) == 10, "the fault is over"


def test_a_fault_hits_its_endpoint_as_often_as_ordered_after_those_it_lets_pass(
    control: httpx.Client, api: httpx.Client
) -> None:
    fault = {"on": "count", "kind": "status", "status": 503, "skip": 2, "times": 2}
    control.post("/faults", json=[fault])
    assert api.get("/admin/products").status_code == 200
    statuses = [api.get("/admin/products/count").status_code for _ in range(6)]
    assert statuses == [200, 200, 503, 503, 200, 200]
    assert control.get("/faults").json() == {"faults": []}


def test_a_fault_without_end_lasts_until_it_is_deleted(
    control: httpx.Client, api: httpx.Client
) -> None:
    control.post("/faults", json=[{"on": "any", "kind": "status", "times": None}])
    paths = ("products", "products/count", "products/14", "nothing")
    assert {api.get(f"/admin/{path}").status_code for path in paths} == {500}
    assert len(control.get("/faults").json()["faults"]) == 1
    control.delete("/faults")
    assert api.get("/admin/products").status_code == 200


@pytest.mark.parametrize(("kind", "status"), [("status", 520), ("status", 204), ("html", 204)])
def test_a_fault_can_answer_a_status_without_a_name_or_without_a_body(
    api: httpx.Client, control: httpx.Client, kind: str, status: int
) -> None:
    control.post("/faults", json={"kind": kind, "status": status})
    answer = api.get("/admin/products")
    assert answer.status_code == status
    assert bool(answer.content) == (status == 520)
    assert api.get("/admin/products").status_code == 200


@pytest.mark.parametrize(("kind", "spends"), [("slow", False), ("slow_after", True)])
def test_a_slow_answer_comes_late_before_or_after_its_work(
    control: httpx.Client,
    refresh: Refresh,
    is_spent: Callable[[], bool],
    kind: str,
    spends: bool,
) -> None:
    control.post("/faults", json=[{"on": "token", "kind": kind, "delay_s": 0.6}])
    with pytest.raises(httpx.ReadTimeout):
        refresh(timeout_s=0.2)
    assert is_spent() is spends


def test_a_dripping_answer_comes_whole_but_slowly(control: httpx.Client, refresh: Refresh) -> None:
    control.post("/faults", json=[{"on": "token", "kind": "drip", "delay_s": 0.4}])
    started = time.monotonic()
    answer = refresh()
    assert time.monotonic() - started >= 0.4
    assert answer.json()["refresh_token"]


def test_a_stuck_cursor_answers_the_first_page_for_ever(
    control: httpx.Client, api: httpx.Client
) -> None:
    first = api.get("/admin/products?since_product_no=0").json()
    control.post("/faults", json=[{"on": "products", "kind": "stuck", "times": None}])
    assert api.get("/admin/products?since_product_no=99").json() == first


def test_a_dropped_call_is_noted_without_a_status(
    control: httpx.Client, api: httpx.Client, desk: httpx.Client, mall_id: str
) -> None:
    control.post("/faults", json=[{"on": "detail", "kind": "drop_after"}])
    with pytest.raises(httpx.RemoteProtocolError):
        api.get("/admin/products/14")
    [call] = desk.get("/calls", params={"mall_id": mall_id}).json()["recent"]
    assert (call["endpoint"], call["status"]) == ("detail", 0)


def test_a_fault_of_one_mall_is_none_of_anothers(
    control: httpx.Client, server: dict[str, Any]
) -> None:
    control.post("/faults", json=[{"kind": "status", "times": None}])
    answer = httpx.get(f"{server['url']}/samplemall/api/v2/admin/products")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        [{"kind": "earthquake"}],
        [{"kind": "status", "on": "coffee"}],
        [{"on": "token"}],
        [{"kind": "slow", "delay_s": "long"}],
        [{"kind": "slow", "often": 3}],
        [{"kind": "slow", "times": 0}],
        [{"kind": "slow", "skip": -1}],
        [{"kind": "slow", "times": 1.5}],
        [{"kind": "slow", "times": True}],
        [{"kind": "slow", "skip": None}],
        [{"kind": "slow", "delay_s": None}],
        [{"kind": "slow", "delay_s": 1e300}],
        [{"kind": "cut", "keep_bytes": 1.5}],
        [{"kind": ["slow"]}],
        [{"kind": "slow", "on": {}}],
        [{"kind": "status", "status": 500.5}],
        [{"kind": "status", "status": 99}],
        [{"kind": "html", "body": {}}],
        [{"kind": "patch", "body": "text"}],
        ["slow"],
        "slow",
        [{"kind": "status"}, {"kind": "earthquake"}],
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_all_that_came_with_it(
    control: httpx.Client, wrong: Any
) -> None:
    answer = control.post("/faults", json=wrong)
    assert answer.status_code == 400
    assert "\n" not in answer.json()["error"]
    assert control.get("/faults").json() == {"faults": []}


def test_a_list_may_lose_what_was_asked_to_be_embedded(
    control: httpx.Client, api: httpx.Client
) -> None:
    control.post("/faults", json=[{"on": "products", "kind": "no_embed"}])
    query: dict[str, str | int] = {"limit": 2, "embed": "variants"}
    without, with_them = (api.get("/admin/products", params=query).json() for _ in range(2))
    assert ["variants" in one for one in without["products"]] == [False, False]
    assert ["variants" in one for one in with_them["products"]] == [True, True]
