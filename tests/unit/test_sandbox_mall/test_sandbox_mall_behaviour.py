"""The switches for what Cafe24 leaves open or is reported to do both ways."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Refresh = Callable[[str], httpx.Response]


def test_a_grace_lets_a_spent_token_work_for_a_while(
    control: httpx.Client, desk: httpx.Client, refresh: Refresh, pair: dict[str, Any]
) -> None:
    control.post("/behaviour", json={"grace_s": 30})
    refresh(pair["refresh_token"])
    assert refresh(pair["refresh_token"]).status_code == 200
    desk.post("/clock", json={"advance_s": 31})
    assert refresh(pair["refresh_token"]).status_code == 400


def test_reuse_detection_kills_the_whole_family(
    control: httpx.Client, api: httpx.Client, refresh: Refresh, pair: dict[str, Any]
) -> None:
    control.post("/behaviour", json={"reuse_detection": True})
    successor = refresh(pair["refresh_token"]).json()["refresh_token"]
    assert refresh(pair["refresh_token"]).status_code == 400
    assert refresh(successor).status_code == 400
    assert api.get("/admin/products").status_code == 401


def test_the_old_access_token_can_die_at_once(
    control: httpx.Client, api: httpx.Client, refresh: Refresh, pair: dict[str, Any]
) -> None:
    control.post("/behaviour", json={"old_access_token_dies": True})
    refresh(pair["refresh_token"])
    answer = api.get("/admin/products")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "Invalid access_token"


def test_invalid_grant_can_be_401(control: httpx.Client, refresh: Refresh) -> None:
    control.post("/behaviour", json={"invalid_grant_status": 401})
    answer = refresh("never-issued")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_grant")


@pytest.mark.parametrize(("style", "least"), [("long", 900), ("jwt", 100)])
def test_tokens_can_be_long_or_look_like_jwts(
    control: httpx.Client, refresh: Refresh, pair: dict[str, Any], style: str, least: int
) -> None:
    control.post("/behaviour", json={"token_style": style})
    granted = refresh(pair["refresh_token"]).json()
    assert len(granted["access_token"]) >= least
    assert (granted["access_token"].count(".") == 2) is (style == "jwt")
    assert refresh(granted["refresh_token"]).status_code == 200


def test_the_token_limit_can_be_off(control: httpx.Client, refresh: Refresh) -> None:
    control.post("/behaviour", json={"token_limit": False})
    assert {refresh("never-issued").status_code for _ in range(20)} == {400}


def test_refresh_token_expires_at_can_be_left_out(
    control: httpx.Client, refresh: Refresh, pair: dict[str, Any]
) -> None:
    control.post("/behaviour", json={"refresh_token_expires_at": False})
    assert "refresh_token_expires_at" not in refresh(pair["refresh_token"]).json()


@pytest.mark.parametrize(
    ("style", "written"),
    [("offset", "2026-11-23T14:05:41+09:00"), ("utc", "2026-11-23T05:05:41.000Z")],
)
def test_times_can_carry_an_offset(
    control: httpx.Client, desk: httpx.Client, style: str, written: str
) -> None:
    control.post("/behaviour", json={"timestamps": style})
    desk.post("/clock", json={"set": "2026-11-23T14:05:41+09:00"})
    assert control.post("/pair").json()["issued_at"] == written


def test_without_rotation_the_refresh_token_stays_and_is_not_answered(
    control: httpx.Client, refresh: Refresh, pair: dict[str, Any]
) -> None:
    control.post("/behaviour", json={"rotation": False})
    granted = refresh(pair["refresh_token"]).json()
    assert "refresh_token" not in granted
    assert granted["access_token"] != pair["access_token"]
    assert refresh(pair["refresh_token"]).status_code == 200


def test_another_shop_has_its_own_names_and_prices(
    control: httpx.Client, api: httpx.Client
) -> None:
    assert api.get("/admin/products", params={"shop_no": 2}).status_code == 422
    control.post("/behaviour", json={"shop_nos": [1, 2]})
    query: dict[str, Any] = {"limit": 1, "embed": "variants"}
    first = api.get("/admin/products", params=query).json()["products"][0]
    second = api.get("/admin/products", params={**query, "shop_no": 2}).json()["products"][0]
    assert (first["shop_no"], second["shop_no"]) == (1, 2)
    assert first["product_no"] == second["product_no"]
    assert first["product_name"] != second["product_name"]
    assert float(second["price"]) == float(first["price"]) + 1000
    assert {variant["shop_no"] for variant in second["variants"]} <= {2}


def test_a_retired_version_is_400_on_every_endpoint(
    control: httpx.Client, api: httpx.Client
) -> None:
    control.post("/behaviour", json={"api_versions": ["2026-09-01", "2026-12-01"]})
    answer = api.get("/admin/products", headers={"X-Cafe24-Api-Version": "2026-06-01"})
    assert answer.status_code == 400
    assert "2026-12-01." in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "switch",
    [
        {"no_such_switch": 1},
        {"grace_s": "long"},
        {"reuse_detection": 1},
        {"token_style": "paper"},
        {"shop_nos": []},
        {"shop_nos": ["1"]},
        {"grace_s": -1},
        {"grace_s": 1e300},
        {"shop_nos": [0]},
    ],
)
def test_a_wrong_switch_is_refused_in_one_line(
    control: httpx.Client, switch: dict[str, Any]
) -> None:
    before = control.get("/behaviour").json()
    answer = control.post("/behaviour", json=switch)
    assert answer.status_code == 400
    assert "\n" not in answer.json()["error"]
    assert control.get("/behaviour").json() == before


def test_every_mall_can_be_switched_at_once(
    desk: httpx.Client, server: dict[str, Any], control: httpx.Client
) -> None:
    try:
        desk.post("/behaviour", json={"grace_s": 7})
        later = httpx.get(f"{server['url']}/__sandbox__/malls/mall00003/behaviour").json()
        assert later["behaviour"]["grace_s"] == 7
        assert control.get("/behaviour").json()["behaviour"]["grace_s"] == 7
    finally:
        desk.post("/behaviour", json={"grace_s": 0})
