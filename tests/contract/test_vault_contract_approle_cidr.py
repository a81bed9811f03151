"""AppRole bound to addresses: of the sign-in, and of the token that it gives."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

HERE, ELSEWHERE = "127.0.0.0/8", "10.0.0.0/8"

SecretId = Callable[..., httpx.Response]
Bind = Callable[..., None]
Login = Callable[[str], httpx.Response]


@pytest.fixture
def role(http: httpx.Client, approle: str) -> str:
    """The path of a role that is bound to nothing yet."""
    path = f"auth/{approle}/role/bound"
    assert http.post(path, json={"token_ttl": "5m"}).status_code == 204
    return path


@pytest.fixture
def bind(http: httpx.Client, role: str) -> Bind:
    def bind(**blocks: list[str]) -> None:
        assert http.post(role, json=blocks).status_code == 204

    return bind


@pytest.fixture
def secret_id(http: httpx.Client, role: str) -> SecretId:
    def secret_id(**wanted: Any) -> httpx.Response:
        return http.post(f"{role}/secret-id", json=wanted)

    return secret_id


@pytest.fixture
def login(http: httpx.Client, role: str, approle: str) -> Login:
    def login(secret_id: str) -> httpx.Response:
        role_id = http.get(f"{role}/role-id").json()["data"]["role_id"]
        ids = {"role_id": role_id, "secret_id": secret_id}
        return http.post(f"auth/{approle}/login", json=ids)

    return login


@pytest.mark.parametrize(("blocks", "status"), [([HERE], 200), ([ELSEWHERE], 400)])
def test_a_role_signs_in_from_its_addresses_alone(
    bind: Bind, secret_id: SecretId, login: Login, blocks: list[str], status: int
) -> None:
    bind(secret_id_bound_cidrs=blocks)
    answer = login(secret_id().json()["data"]["secret_id"])
    assert answer.status_code == status
    assert status == 200 or "unauthorized" in answer.json()["errors"][0]


@pytest.mark.parametrize(("blocks", "status"), [([HERE], 200), ([ELSEWHERE], 400)])
def test_a_secret_id_signs_in_from_its_addresses_alone(
    secret_id: SecretId, login: Login, blocks: list[str], status: int
) -> None:
    answer = login(secret_id(cidr_list=blocks).json()["data"]["secret_id"])
    assert answer.status_code == status
    assert status == 200 or "CIDR restrictions on the secret ID" in answer.json()["errors"][0]


@pytest.mark.parametrize(("blocks", "status"), [([HERE], 200), ([ELSEWHERE], 403)])
def test_a_token_works_from_its_addresses_alone(
    http: httpx.Client, secret_id: SecretId, login: Login, blocks: list[str], status: int
) -> None:
    made = secret_id(token_bound_cidrs=blocks).json()["data"]
    token = login(made["secret_id"]).json()["auth"]["client_token"]
    answer = http.get("auth/token/lookup-self", headers={"X-Vault-Token": token})
    assert answer.status_code == status
    assert status == 403 or answer.json()["data"]["bound_cidrs"] == blocks


def test_the_blocks_are_told(
    http: httpx.Client, role: str, bind: Bind, secret_id: SecretId
) -> None:
    assert http.get(role).json()["data"]["secret_id_bound_cidrs"] is None
    bind(secret_id_bound_cidrs=[HERE])
    assert http.get(role).json()["data"]["secret_id_bound_cidrs"] == [HERE]
    accessor = secret_id(cidr_list=[HERE]).json()["data"]["secret_id_accessor"]
    asked = {"secret_id_accessor": accessor}
    known = http.post(f"{role}/secret-id-accessor/lookup", json=asked).json()["data"]
    assert known["cidr_list"] == [HERE]


def test_a_secret_id_cannot_reach_beyond_its_role(bind: Bind, secret_id: SecretId) -> None:
    bind(secret_id_bound_cidrs=[HERE], token_bound_cidrs=[HERE])
    assert secret_id(cidr_list=["127.0.0.1/32"]).status_code == 200
    for beyond in ({"cidr_list": [ELSEWHERE]}, {"token_bound_cidrs": [ELSEWHERE]}):
        refused = secret_id(**beyond)
        assert refused.status_code == 500
        assert "failed to verify subset relationship" in refused.json()["errors"][0]


def test_what_is_no_block_is_refused(http: httpx.Client, role: str, secret_id: SecretId) -> None:
    assert secret_id(cidr_list=["nowhere"]).status_code == 400
    assert http.post(role, json={"secret_id_bound_cidrs": ["nowhere"]}).status_code == 400
