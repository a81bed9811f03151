"""POST oauth/token, oauth/revoke and oauth/token/scopes, as Cafe24 documents them."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

Refresh = Callable[..., httpx.Response]

FIELDS = [
    "access_token",
    "expires_at",
    "refresh_token",
    "refresh_token_expires_at",
    "client_id",
    "mall_id",
    "user_id",
    "scopes",
    "issued_at",
    "shop_no",
    "token_type",
]


def test_a_refresh_answers_the_documented_fields_and_no_expires_in(
    refresh: Refresh, pair: dict[str, Any], mall_id: str
) -> None:
    answer = refresh(pair["refresh_token"])
    assert answer.status_code == 200
    granted = answer.json()
    assert list(granted) == FIELDS
    assert granted["shop_no"] == "1"
    assert granted["mall_id"] == granted["user_id"] == mall_id
    assert isinstance(granted["scopes"], list)
    assert len(granted["access_token"]) == len(granted["refresh_token"]) == 22


def test_times_are_naive_korean_and_two_hours_and_fourteen_days_away(
    refresh: Refresh, pair: dict[str, Any], desk: httpx.Client
) -> None:
    desk.post("/clock", json={"set": "2026-11-23T05:05:41Z"})
    granted = refresh(pair["refresh_token"]).json()
    assert granted["issued_at"] == "2026-11-23T14:05:41.000"
    issued = datetime.fromisoformat(granted["issued_at"])
    assert datetime.fromisoformat(granted["expires_at"]) - issued == timedelta(hours=2)
    until = datetime.fromisoformat(granted["refresh_token_expires_at"])
    assert until - issued == timedelta(days=14)


def test_a_refresh_token_works_once(refresh: Refresh, pair: dict[str, Any]) -> None:
    successor = refresh(pair["refresh_token"]).json()["refresh_token"]
    again = refresh(pair["refresh_token"])
    assert again.status_code == 400
    assert again.json() == {
        "error": "invalid_grant",
        "error_description": "Invalid refresh_token",
    }
    assert refresh(successor).status_code == 200


def test_a_refresh_token_dies_after_fourteen_days(
    refresh: Refresh, pair: dict[str, Any], desk: httpx.Client
) -> None:
    desk.post("/clock", json={"advance_s": 14 * 86400 + 1})
    assert refresh(pair["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_access_token_before_survives_a_refresh(
    refresh: Refresh, pair: dict[str, Any], api: httpx.Client
) -> None:
    refresh(pair["refresh_token"])
    assert api.get("/admin/products/count").status_code == 200


def test_of_sixteen_access_tokens_the_oldest_is_dead(
    control: httpx.Client, api: httpx.Client
) -> None:
    for _ in range(14):
        control.post("/pair")
    assert api.get("/admin/products/count").status_code == 200
    control.post("/pair")
    assert api.get("/admin/products/count").status_code == 401
    assert len(control.get("/truth", params={"fields": "product_no"}).json()["access_tokens"]) == 15


def test_client_credentials_in_the_body_are_as_good_as_basic(
    api: httpx.Client, pair: dict[str, Any], server: dict[str, Any]
) -> None:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": pair["refresh_token"],
        "client_id": server["client_id"],
        "client_secret": server["client_secret"],
    }
    assert api.post("/oauth/token", data=form).status_code == 200


@pytest.mark.parametrize("credentials", [("nobody", "nothing"), ("", "")])
def test_wrong_credentials_are_401_invalid_client_and_spend_nothing(
    api: httpx.Client,
    pair: dict[str, Any],
    refresh: Refresh,
    credentials: tuple[str, str],
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    answer = api.post("/oauth/token", data=form, auth=credentials)
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "Invalid client_secret",
    }
    assert refresh(pair["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password", "refresh_token": "x"}, "unsupported_grant_type"),
        ({"grant_type": "password", "code": "x"}, "unsupported_response_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "never-issued"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": "y"}, "invalid_grant"),
    ],
)
def test_a_wrong_request_is_400_in_oauths_envelope(
    api: httpx.Client, server: dict[str, Any], form: dict[str, str], error: str
) -> None:
    credentials = (server["client_id"], server["client_secret"])
    answer = api.post("/oauth/token", data=form, auth=credentials)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert isinstance(answer.json()["error_description"], str)


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
def test_a_form_of_another_type_is_400_and_spends_nothing(
    api: httpx.Client,
    server: dict[str, Any],
    pair: dict[str, Any],
    refresh: Refresh,
    media_type: str,
) -> None:
    answer = api.post(
        "/oauth/token",
        content=f"grant_type=refresh_token&refresh_token={pair['refresh_token']}",
        headers={"Content-Type": media_type},
        auth=(server["client_id"], server["client_secret"]),
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    assert refresh().status_code == 200


@pytest.mark.parametrize("is_limited", [True, False])
def test_of_64_refreshes_at_once_with_one_token_one_succeeds(
    control: httpx.Client, refresh: Refresh, *, is_limited: bool
) -> None:
    control.post("/behaviour", json={"token_limit": is_limited})
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: refresh().status_code, range(64)))
    refused = {400: 14, 429: 49} if is_limited else {400: 63}
    assert Counter(answers) == {200: 1, **refused}


def test_the_sixteenth_request_within_two_hours_is_429(
    refresh: Refresh, pair: dict[str, Any], desk: httpx.Client
) -> None:
    for _ in range(15):
        assert refresh("never-issued").status_code == 400
    blocked = refresh(pair["refresh_token"])
    assert blocked.status_code == 429
    assert blocked.json()["error"] == "too_many_requests"
    desk.post("/clock", json={"advance_s": 7201})
    assert refresh(pair["refresh_token"]).status_code == 200


def test_a_token_of_another_mall_is_worth_nothing(
    server: dict[str, Any], pair: dict[str, Any]
) -> None:
    answer = httpx.get(
        f"{server['url']}/samplemall/api/v2/admin/products",
        headers={"Authorization": f"Bearer {pair['access_token']}"},
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_one_token_of_a_pair_kills_both(
    api: httpx.Client, refresh: Refresh, pair: dict[str, Any], server: dict[str, Any], which: str
) -> None:
    credentials = (server["client_id"], server["client_secret"])
    answer = api.post("/oauth/revoke", data={"token": pair[which]}, auth=credentials)
    assert (answer.status_code, answer.content) == (200, b"")
    assert api.get("/admin/products").status_code == 401
    assert refresh(pair["refresh_token"]).status_code == 400


def test_revoking_needs_the_apps_credentials_and_a_token(
    api: httpx.Client, server: dict[str, Any]
) -> None:
    assert api.post("/oauth/revoke", data={"token": "x"}).status_code == 401
    credentials = (server["client_id"], server["client_secret"])
    assert api.post("/oauth/revoke", auth=credentials).json()["error"] == "invalid_request"


def test_a_token_knows_its_scopes(control: httpx.Client, api: httpx.Client) -> None:
    narrow = control.post("/pair", json={"scopes": ["mall.read_store"]}).json()
    answer = api.get(
        "/oauth/token/scopes", headers={"Authorization": f"Bearer {narrow['access_token']}"}
    )
    assert answer.json() == {"scopes": ["mall.read_store"]}
    assert api.get("/oauth/token/scopes", headers={"Authorization": ""}).status_code == 401
