"""Deadlines come sooner when the clock is advanced; dates stay true."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest


def test_a_token_ends_when_its_lease_has_passed(http: httpx.Client, desk: httpx.Client) -> None:
    made = http.post("auth/token/create", json={"ttl": "1h"}).json()["auth"]["client_token"]
    holder = {"X-Vault-Token": made}
    desk.post("clock", json={"advance_s": 1800})
    assert 1790 < http.get("auth/token/lookup-self", headers=holder).json()["data"]["ttl"] <= 1800
    desk.post("clock", json={"advance_s": 1801})
    assert http.get("auth/token/lookup-self", headers=holder).status_code == 403


def test_a_renewal_cannot_outlive_the_maximum(http: httpx.Client, desk: httpx.Client) -> None:
    wanted = {"ttl": "1h", "explicit_max_ttl": "2h"}
    made = http.post("auth/token/create", json=wanted).json()["auth"]["client_token"]
    holder = {"X-Vault-Token": made}
    desk.post("clock", json={"advance_s": 3000})
    renewed = http.post("auth/token/renew-self", json={"increment": "2h"}, headers=holder)
    assert renewed.json()["auth"]["lease_duration"] in (4199, 4200)


def test_the_time_at_which_a_token_expires_moves_closer(
    http: httpx.Client, desk: httpx.Client
) -> None:
    made = http.post("auth/token/create", json={"ttl": "24h"}).json()["auth"]["client_token"]
    desk.post("clock", json={"advance_s": 3600})
    told = http.post("auth/token/lookup", json={"token": made}).json()["data"]
    left = datetime.fromisoformat(told["expire_time"]) - datetime.now(UTC)
    assert timedelta(hours=22, minutes=59) < left < timedelta(hours=23)


def test_a_secret_id_ends_when_its_time_has_passed(http: httpx.Client, desk: httpx.Client) -> None:
    http.post("sys/auth/aging", json={"type": "approle"})
    http.post("auth/aging/role/r", json={"secret_id_ttl": "1h"})
    role_id = http.get("auth/aging/role/r/role-id").json()["data"]["role_id"]
    made = http.post("auth/aging/role/r/secret-id").json()["data"]["secret_id"]
    ids = {"role_id": role_id, "secret_id": made}
    assert http.post("auth/aging/login", json=ids).status_code == 200
    desk.post("clock", json={"advance_s": 3600})
    assert http.post("auth/aging/login", json=ids).status_code == 400
    http.delete("sys/auth/aging")


def test_a_wrapped_answer_ends_when_its_time_has_passed(
    http: httpx.Client, desk: httpx.Client
) -> None:
    wrapped = http.get("sys/mounts", headers={"X-Vault-Wrap-TTL": "5m"}).json()["wrap_info"]
    desk.post("clock", json={"advance_s": 300})
    refused = http.post("sys/wrapping/unwrap", json={"token": wrapped["token"]})
    assert refused.status_code == 400


def test_created_time_and_date_stay_true(http: httpx.Client, desk: httpx.Client, key: str) -> None:
    desk.post("clock", json={"advance_s": 86_400})
    written = http.post(key, json={"data": {}}).json()["data"]["created_time"]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(written)) < timedelta(minutes=1)


@pytest.mark.parametrize("wrong", [{}, {"advance_s": -1}, {"advance_s": "an hour"}])
def test_time_goes_forward_only(desk: httpx.Client, wrong: dict[str, object]) -> None:
    assert desk.post("clock", json=wrong).status_code == 400
