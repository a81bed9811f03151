"""Batch tokens: light ones that live their time and cannot be touched."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Connect = Callable[[str], httpx.Client]
Make = Callable[..., dict[str, Any]]


@pytest.fixture
def batch(http: httpx.Client) -> dict[str, Any]:
    answer = http.post(
        "auth/token/create",
        json={"type": "batch", "policies": ["default"], "ttl": "10m", "renewable": True},
    )
    assert answer.status_code == 200, answer.text
    auth: dict[str, Any] = answer.json()["auth"]
    return auth


@pytest.fixture
def holder(connect: Connect, batch: dict[str, Any]) -> httpx.Client:
    return connect(batch["client_token"])


def test_a_batch_token_says_what_it_is(batch: dict[str, Any], holder: httpx.Client) -> None:
    assert (batch["token_type"], batch["accessor"], batch["renewable"]) == ("batch", "", False)
    assert batch["lease_duration"] == 600
    known = holder.get("auth/token/lookup-self").json()["data"]
    assert (known["type"], known["renewable"], known["num_uses"]) == ("batch", False, 0)


def test_a_batch_token_can_be_neither_renewed_nor_revoked(
    http: httpx.Client, batch: dict[str, Any], holder: httpx.Client
) -> None:
    renewed = holder.post("auth/token/renew-self", json={})
    assert (renewed.status_code, renewed.json()) == (
        400,
        {"errors": ["batch tokens cannot be renewed"]},
    )
    revoked = http.post("auth/token/revoke", json={"token": batch["client_token"]})
    assert (revoked.status_code, revoked.json()) == (
        400,
        {"errors": ["batch tokens cannot be revoked"]},
    )
    assert holder.get("auth/token/lookup-self").status_code == 200


def test_a_batch_token_dies_with_its_parent(make: Make, http: httpx.Client) -> None:
    parent = make(policies=["root"], ttl="1h")["client_token"]
    headers = {"X-Vault-Token": parent}
    wanted = {"type": "batch", "policies": ["default"]}
    made = http.post("auth/token/create", json=wanted, headers=headers).json()["auth"]
    assert made["orphan"] is False
    child = {"X-Vault-Token": made["client_token"]}
    assert http.get("auth/token/lookup-self", headers=child).status_code == 200
    assert http.post("auth/token/revoke", json={"token": parent}).status_code == 204
    assert http.get("auth/token/lookup-self", headers=child).status_code == 403


@pytest.mark.parametrize("limit", [{"num_uses": 2}, {"period": "1h"}, {"explicit_max_ttl": "1h"}])
def test_a_batch_token_has_no_limits_of_its_own(
    http: httpx.Client, limit: dict[str, object]
) -> None:
    wanted = {"type": "batch", "policies": ["default"], **limit}
    refused = http.post("auth/token/create", json=wanted)
    assert refused.status_code == 400
    assert refused.json() == {"errors": [f'batch tokens cannot have "{next(iter(limit))}" set']}


def test_a_batch_token_is_never_root_and_makes_no_tokens(
    http: httpx.Client, connect: Connect, name: str
) -> None:
    root = http.post("auth/token/create", json={"type": "batch"})
    assert root.json() == {"errors": ["batch tokens cannot be root tokens"]}
    rules = 'path "auth/token/create" { capabilities = ["update"] }'
    assert http.put(f"sys/policies/acl/{name}", json={"policy": rules}).status_code == 204
    made = http.post("auth/token/create", json={"type": "batch", "policies": [name]}).json()
    child = connect(made["auth"]["client_token"]).post("auth/token/create", json={})
    assert child.json() == {"errors": ["batch tokens cannot create more tokens"]}
    assert http.delete(f"sys/policies/acl/{name}").status_code == 204


def test_a_batch_token_has_no_cubbyhole(holder: httpx.Client) -> None:
    refused = holder.post("cubbyhole/x", json={"a": 1})
    assert refused.status_code == 400
    assert refused.json() == {
        "errors": ['cubbyhole operations are only supported by "service" type tokens']
    }


def test_an_unknown_kind_of_token_is_refused(http: httpx.Client) -> None:
    refused = http.post("auth/token/create", json={"type": "paper"})
    assert (refused.status_code, refused.json()) == (
        400,
        {"errors": ["invalid 'token_type' value"]},
    )


def test_a_role_hands_out_batch_tokens(http: httpx.Client, approle: str) -> None:
    path = f"auth/{approle}/role/batch"
    assert http.post(path, json={"token_type": "batch", "token_ttl": "5m"}).status_code == 204
    ids = {
        "role_id": http.get(f"{path}/role-id").json()["data"]["role_id"],
        "secret_id": http.post(f"{path}/secret-id").json()["data"]["secret_id"],
    }
    auth = http.post(f"auth/{approle}/login", json=ids).json()["auth"]
    assert (auth["token_type"], auth["renewable"], auth["accessor"]) == ("batch", False, "")
    assert auth["lease_duration"] == 300


@pytest.mark.parametrize("limit", [{"token_period": "1h"}, {"token_num_uses": 3}])
def test_a_role_of_batch_tokens_has_no_limits_for_service_tokens(
    http: httpx.Client, approle: str, limit: dict[str, object]
) -> None:
    refused = http.post(f"auth/{approle}/role/batch", json={"token_type": "batch", **limit})
    assert refused.status_code == 400
    assert "'token_type' cannot be 'batch'" in refused.json()["errors"][0]
