"""Leases through hvac: tokens have them, and end with them."""

from collections.abc import Callable
from typing import Any

import httpx
import hvac
import pytest
from hvac import exceptions

Connect = Callable[[str], httpx.Client]
Works = Callable[[], list[bool]]

System = Any
"""hvac's system backend; its type stubs leave it untyped."""


@pytest.fixture
def system(client: hvac.Client) -> System:
    return client.sys


@pytest.fixture
def tokens(http: httpx.Client, approle: str) -> list[str]:
    """Two tokens of one AppRole method."""
    path = f"auth/{approle}/role/keeper"
    assert http.post(path, json={"token_ttl": "20m"}).status_code == 204
    role_id = http.get(f"{path}/role-id").json()["data"]["role_id"]
    signed_in = []
    for _ in range(2):
        secret_id = http.post(f"{path}/secret-id").json()["data"]["secret_id"]
        ids = {"role_id": role_id, "secret_id": secret_id}
        signed_in.append(http.post(f"auth/{approle}/login", json=ids).json()["auth"])
    return [auth["client_token"] for auth in signed_in]


@pytest.fixture
def works(connect: Connect, tokens: list[str]) -> Works:
    """Tell which of the tokens still work."""
    holders = [connect(token) for token in tokens]
    return lambda: [holder.get("auth/token/lookup-self").is_success for holder in holders]


def _leases(system: System, approle: str) -> list[str]:
    prefix = f"auth/{approle}/login"
    listed: dict[str, Any] = system.list_leases(prefix)
    return [f"{prefix}/{name}" for name in listed["data"]["keys"]]


def test_a_lease_is_told_and_ends_its_token(system: System, approle: str, works: Works) -> None:
    lease, other = _leases(system, approle)
    told = system.read_lease(lease)["data"]
    assert (told["id"], told["renewable"], told["last_renewal"]) == (lease, True, None)
    assert 1190 < told["ttl"] <= 1200
    system.revoke_lease(lease)
    assert sorted(works()) == [False, True]
    assert _leases(system, approle) == [other]


def test_all_tokens_of_a_method_end_at_once(system: System, approle: str, works: Works) -> None:
    assert works() == [True, True]
    system.revoke_prefix(f"auth/{approle}")
    assert works() == [False, False]


def test_a_token_is_not_renewed_by_its_lease(
    system: System, approle: str, tokens: list[str]
) -> None:
    assert tokens
    with pytest.raises(exceptions.InvalidRequest, match="tokens cannot be renewed"):
        system.renew_lease(_leases(system, approle)[0])


def test_a_lease_that_is_not_there(http: httpx.Client) -> None:
    unknown = {"lease_id": "auth/approle/login/nothing"}
    looked_up = http.put("sys/leases/lookup", json=unknown)
    assert (looked_up.status_code, looked_up.json()) == (400, {"errors": ["invalid lease"]})
    assert http.put("sys/leases/renew", json=unknown).status_code == 400
    assert http.put("sys/leases/lookup", json={}).status_code == 400


def test_leases_are_listed_and_ended_together_by_sudo_alone(
    grant: Callable[[str], str], connect: Connect
) -> None:
    holder = connect(grant('path "sys/leases/*" { capabilities = ["list", "update"] }'))
    assert holder.request("LIST", "sys/leases/lookup/auth").status_code == 403
    assert holder.put("sys/leases/revoke-prefix/auth/approle").status_code == 403


def test_the_audit_devices_are_listed(system: System) -> None:
    assert isinstance(system.list_enabled_audit_devices()["data"], dict)
