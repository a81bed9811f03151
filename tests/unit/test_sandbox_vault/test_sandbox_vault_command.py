"""`python -m sandbox vault` and what its control paths tell."""

from typing import Any

import httpx
import pytest


def test_the_ready_line_names_what_a_client_needs(server: dict[str, Any]) -> None:
    assert server.keys() == {"url", "port", "pid", "root_token", "unseal_key"}
    assert server["root_token"] == "another-root-token"


def test_the_chosen_root_token_is_the_one_that_works(http: httpx.Client) -> None:
    assert http.get("auth/token/lookup-self").json()["data"]["policies"] == ["root"]
    wrong = {"X-Vault-Token": "sandbox-root-token"}
    assert http.get("auth/token/lookup-self", headers=wrong).status_code == 403


def test_the_state_tells_keys_and_versions_and_no_secret(
    http: httpx.Client, desk: httpx.Client, key: str, server: dict[str, Any]
) -> None:
    http.post(key, json={"data": {"refresh_token": "invented-refresh-token"}})
    made = http.post("auth/token/create", json={"ttl": "1m"}).json()["auth"]["client_token"]
    state = desk.get("state")
    assert state.json()["keys"]["secret/"][key.removeprefix("secret/data/")] == 1
    assert state.json()["mounts"]["auth/token/"] == "token"
    assert state.json()["sealed"] is False
    for secret in ("invented-refresh-token", server["root_token"], made):
        assert secret not in state.text


def test_requests_are_counted_by_method_and_folder_whatever_became_of_them(
    http: httpx.Client, desk: httpx.Client
) -> None:
    desk.delete("calls").raise_for_status()
    for name in ("one", "two"):
        http.post(f"secret/data/counted/{name}", json={"data": {}}).raise_for_status()
    assert http.get("secret/data/counted/three").status_code == 404
    http.request("LIST", "secret/metadata/counted/").raise_for_status()
    assert desk.get("calls").json() == {
        "total": 4,
        "counts": [
            {"method": "GET", "folder": "/v1/secret/data/counted", "count": 1},
            {"method": "LIST", "folder": "/v1/secret/metadata/counted", "count": 1},
            {"method": "POST", "folder": "/v1/secret/data/counted", "count": 2},
        ],
    }
    desk.delete("calls").raise_for_status()
    assert desk.get("calls").json() == {"total": 0, "counts": []}


def test_control_needs_no_token_and_knows_only_its_own_paths(desk: httpx.Client) -> None:
    assert desk.get("state").status_code == 200
    assert desk.get("no-such-path").status_code == 404


@pytest.mark.parametrize("depth", [900, 100_000])
def test_json_nested_without_end_is_400(http: httpx.Client, key: str, depth: int) -> None:
    body = '{"data":' + '{"a":' * depth + "1" + "}" * depth + "}"
    refused = http.post(key, content=body)
    assert (refused.status_code, refused.json()) == (400, {"errors": ["error parsing JSON"]})
