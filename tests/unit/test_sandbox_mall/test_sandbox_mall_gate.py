"""What every call of the Admin API passes: address, token, version, scope."""

from typing import Any

import httpx
import pytest


def _as(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_an_expired_access_token_gets_the_recorded_401(
    api: httpx.Client, desk: httpx.Client
) -> None:
    desk.post("/clock", json={"advance_s": 7201})
    answer = api.get("/admin/products")
    assert answer.status_code == 401
    assert answer.json() == {
        "error": {"code": 401, "message": "access_token time expired. (invalid_token)"}
    }


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (_as("never-issued"), "Invalid access_token"),
        ({"Authorization": ""}, "Authority to access is not valid."),
        ({"Authorization": "Basic eDp5"}, "Authority to access is not valid."),
    ],
)
def test_an_unknown_or_missing_token_is_401(
    api: httpx.Client, headers: dict[str, str], message: str
) -> None:
    answer = api.get("/admin/products", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": 401, "message": message}}


@pytest.mark.parametrize("path", ["/admin/products", "/admin/products/count", "/admin/products/14"])
def test_a_token_without_the_scope_is_403_insufficient_scope(
    control: httpx.Client, api: httpx.Client, path: str
) -> None:
    narrow = control.post("/pair", json={"scopes": ["mall.read_category"]}).json()
    answer = api.get(path, headers=_as(narrow["access_token"]))
    assert answer.status_code == 403
    assert "insufficient_scope" in answer.json()["error"]["message"]
    assert "mall.read_product" in answer.json()["error"]["message"]


def test_after_an_uninstall_every_token_is_told_that_the_app_is_deleted(
    control: httpx.Client, api: httpx.Client
) -> None:
    control.post("/revoke", json={"what": "app"})
    answer = api.get("/admin/products")
    assert answer.status_code == 403
    assert (
        answer.json()["error"]["message"]
        == "This app is deleted. Receive the consent of the operator again."
    )


def test_a_version_nobody_serves_is_400_with_the_recorded_text(api: httpx.Client) -> None:
    answer = api.get("/admin/products", headers={"X-Cafe24-Api-Version": "2024-06-01"})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": {
            "code": 400,
            "message": "2024-06-01 version you requested is not available. "
            "The default value for the app version is 2026-09-01.",
        }
    }


@pytest.mark.parametrize(
    ("headers", "served"),
    [({}, "2026-09-01"), ({"X-Cafe24-Api-Version": "2026-03-01"}, "2026-03-01")],
)
def test_the_answer_names_the_version_that_served_it(
    api: httpx.Client, headers: dict[str, str], served: str
) -> None:
    answer = api.get("/admin/products", headers=headers)
    assert answer.headers["X-Cafe24-Api-Version"] == served


def test_an_api_that_is_not_there_is_404_in_the_admin_envelope(api: httpx.Client) -> None:
    answer = api.get("/admin/nothing")
    assert answer.status_code == 404
    assert answer.json() == {"error": {"code": 404, "message": "No API found."}}


@pytest.mark.parametrize("path", ["admin/products", "oauth/token"])
def test_an_unknown_mall_is_an_edges_404_and_no_json(server: dict[str, Any], path: str) -> None:
    answer = httpx.get(f"{server['url']}/undefined/api/v2/{path}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_the_mall_is_also_found_by_its_host_name(
    server: dict[str, Any], mall_id: str, pair: dict[str, Any]
) -> None:
    headers = {**_as(pair["access_token"]), "Host": f"{mall_id}.cafe24api.com"}
    answer = httpx.get(f"{server['url']}/api/v2/admin/products/count", headers=headers)
    assert answer.json() == {"count": 250}
    unknown = {**headers, "Host": "undefined.cafe24api.com"}
    assert httpx.get(f"{server['url']}/api/v2/admin/products", headers=unknown).status_code == 404
    answer = httpx.post(
        f"{server['url']}/__sandbox__/clock", headers={"Host": f"{mall_id}.cafe24api.com"}
    )
    assert answer.status_code == 404, "control is no part of a mall's own host"


def test_the_mall_is_found_by_a_client_that_takes_the_sandbox_for_its_proxy(
    server: dict[str, Any], mall_id: str, pair: dict[str, Any]
) -> None:
    url = f"http://{mall_id}.cafe24api.com/api/v2/admin/products/count"
    answer = httpx.get(url, headers=_as(pair["access_token"]), proxy=server["url"])
    assert answer.json() == {"count": 250}


def test_the_store_tells_who_runs_the_shop(api: httpx.Client, mall_id: str) -> None:
    assert api.get("/admin/store").json()["store"]["mall_id"] == mall_id
