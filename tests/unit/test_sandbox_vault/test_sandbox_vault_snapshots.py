"""Snapshots: a Vault that is rolled back to an earlier state."""

from collections.abc import Callable

import httpx

Version = Callable[[], int]


def take(desk: httpx.Client) -> dict[str, str]:
    snapshot: dict[str, str] = desk.post("snapshot").json()
    return snapshot


def test_a_restored_vault_knows_nothing_of_what_came_after(
    http: httpx.Client, desk: httpx.Client, key: str, version: Version
) -> None:
    http.post(key, json={"data": {"generation": 1}})
    before = take(desk)
    http.post(key, json={"data": {"generation": 2}})
    made = http.post("auth/token/create", json={"ttl": "1m"}).json()["auth"]["client_token"]
    assert desk.post("restore", json=before).status_code == 204
    assert version() == 1
    assert http.get(key).json()["data"]["data"] == {"generation": 1}
    holder = {"X-Vault-Token": made}
    assert http.get("auth/token/lookup-self", headers=holder).status_code == 403


def test_the_version_number_is_given_out_again(
    http: httpx.Client, desk: httpx.Client, key: str
) -> None:
    """The trap of a roll-back: check-and-set alone cannot notice it."""
    http.post(key, json={"data": {"n": 1}})
    before = take(desk)
    http.post(key, json={"data": {"n": "lost"}})
    desk.post("restore", json=before)
    again = http.post(key, json={"data": {"n": "other"}, "options": {"cas": 1}})
    assert again.json()["data"]["version"] == 2


def test_a_snapshot_can_be_restored_more_than_once(
    http: httpx.Client, desk: httpx.Client, key: str, version: Version
) -> None:
    before = take(desk)
    for _ in range(2):
        http.post(key, json={"data": {}})
        assert version() == 1
        desk.post("restore", json=before)
        assert version() == 0


def test_mounts_policies_and_roles_go_back_too(http: httpx.Client, desk: httpx.Client) -> None:
    before = take(desk)
    http.post("sys/mounts/later", json={"type": "kv"})
    http.post("sys/auth/later", json={"type": "approle"})
    http.put("sys/policies/acl/later", json={"policy": 'path "x" { capabilities = ["read"] }'})
    desk.post("restore", json=before)
    state = desk.get("state").json()
    assert "later/" not in state["mounts"]
    assert "auth/later/" not in state["mounts"]
    assert "later" not in state["policies"]


def test_an_unknown_snapshot_is_404_and_says_so(desk: httpx.Client) -> None:
    refused = desk.post("restore", json={"id": "snapshot-never"})
    assert refused.status_code == 404
    assert "snapshot-never" in refused.json()["errors"][0]
