"""Response wrapping."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import hvac
import pytest

Connect = Callable[[str], httpx.Client]

GONE = {"errors": ["wrapping token is not valid or does not exist"]}
WANTED = {"X-Vault-Wrap-TTL": "60s"}


@pytest.fixture
def secret(http: httpx.Client, mount: str, name: str) -> str:
    path = f"{mount}/data/{name}"
    assert http.post(path, json={"data": {"a": 1}}).status_code == 200
    return path


@pytest.fixture
def wrap_token(http: httpx.Client, secret: str) -> str:
    token: str = http.get(secret, headers=WANTED).json()["wrap_info"]["token"]
    return token


def test_a_wrapped_answer_is_a_token_and_no_data(http: httpx.Client, secret: str) -> None:
    answer = http.get(secret, headers=WANTED)
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    info = answer.json()["wrap_info"]
    assert (info["ttl"], info["creation_path"]) == (60, secret)
    assert info.keys() >= {"token", "accessor", "creation_time"}


def test_it_unwraps_once(http: httpx.Client, wrap_token: str) -> None:
    opened = http.post("sys/wrapping/unwrap", json={"token": wrap_token})
    assert opened.json()["data"]["data"] == {"a": 1}
    again = http.post("sys/wrapping/unwrap", json={"token": wrap_token})
    assert (again.status_code, again.json()) == (400, GONE)


def test_the_wrapping_token_may_be_the_only_one_there_is(connect: Connect, wrap_token: str) -> None:
    holder = connect(wrap_token)
    assert holder.post("sys/wrapping/unwrap").json()["data"]["data"] == {"a": 1}
    assert holder.post("sys/wrapping/unwrap").json() == GONE


def test_hvac_unwraps(
    sign_in: Callable[[str], hvac.Client], client: hvac.Client, wrap_token: str
) -> None:
    holder: Any = sign_in(wrap_token).sys
    system: Any = client.sys
    assert holder.unwrap()["data"]["data"] == {"a": 1}
    wrapped = system.wrap({"b": 2}, ttl=60)
    assert system.unwrap(wrapped["wrap_info"]["token"])["data"] == {"b": 2}


def test_looking_at_it_does_not_open_it(
    http: httpx.Client, connect: Connect, secret: str, wrap_token: str
) -> None:
    seen = connect("").post("sys/wrapping/lookup", json={"token": wrap_token}).json()["data"]
    assert (seen["creation_path"], seen["creation_ttl"]) == (secret, 60)
    opened = http.post("sys/wrapping/unwrap", json={"token": wrap_token})
    assert opened.status_code == 200


def test_a_rewrapped_answer_moves_to_a_new_token(http: httpx.Client, wrap_token: str) -> None:
    moved = http.post("sys/wrapping/rewrap", json={"token": wrap_token}).json()["wrap_info"]
    assert http.post("sys/wrapping/unwrap", json={"token": wrap_token}).json() == GONE
    opened = http.post("sys/wrapping/unwrap", json={"token": moved["token"]})
    assert opened.json()["data"]["data"] == {"a": 1}


def test_a_wrapping_token_opens_nothing_else_and_is_spent_by_trying(
    http: httpx.Client, connect: Connect, secret: str, wrap_token: str
) -> None:
    assert connect(wrap_token).get(secret).status_code == 403
    assert http.post("sys/wrapping/unwrap", json={"token": wrap_token}).json() == GONE


def test_a_wrapped_answer_ends_with_its_time(http: httpx.Client, secret: str) -> None:
    info = http.get(secret, headers={"X-Vault-Wrap-TTL": "1"}).json()["wrap_info"]
    time.sleep(1.5)
    assert http.post("sys/wrapping/unwrap", json={"token": info["token"]}).json() == GONE


def test_a_wrapped_sign_in_names_the_accessor_of_its_token(http: httpx.Client) -> None:
    wanted = {"policies": ["default"], "ttl": "5m"}
    made = http.post("auth/token/create", json=wanted, headers=WANTED).json()
    assert made["auth"] is None
    info = made["wrap_info"]
    opened = http.post("sys/wrapping/unwrap", json={"token": info["token"]}).json()
    assert opened["auth"]["accessor"] == info["wrapped_accessor"]
    http.post("auth/token/revoke-accessor", json={"accessor": info["wrapped_accessor"]})


def test_errors_and_empty_answers_are_not_wrapped(
    http: httpx.Client, secret: str, mount: str, name: str
) -> None:
    assert http.get(f"{mount}/data/{name}-not", headers=WANTED).json() == {"errors": []}
    assert http.delete(secret, headers=WANTED).status_code == 204


def test_wrapping_must_be_wanted_and_in_a_time_that_makes_sense(
    http: httpx.Client, secret: str
) -> None:
    assert http.post("sys/wrapping/wrap", json={"a": 1}).status_code == 400
    for nonsense in ("soon", "-5"):
        refused = http.get(secret, headers={"X-Vault-Wrap-TTL": nonsense})
        assert refused.status_code == 400
    assert http.get(secret, headers={"X-Vault-Wrap-TTL": "0"}).json()["wrap_info"] is None
