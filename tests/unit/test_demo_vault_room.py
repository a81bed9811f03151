"""The demo's room in a Vault is its own, works, and is given back whole."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cafe24.errors import SettingsError, VaultRefused
from cafe24.settings import Settings
from demo.vault_room import outside_room, outside_settings

MADE = ("sys/mounts", "sys/policies/acl?list=true", "sys/auth", "auth/approle/role?list=true")


@pytest.fixture
def root(start_sandbox: Any) -> Iterator[httpx.Client]:
    """An outside Vault of this test's own, as its root sees it."""
    server = start_sandbox("vault")
    headers = {"X-Vault-Token": server["root_token"]}
    with httpx.Client(base_url=f"{server['url']}/v1/", headers=headers, trust_env=False) as http:
        yield http


@pytest.fixture
def settings(root: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("VAULT_ADDR", str(root.base_url).removesuffix("/v1/"))
    monkeypatch.setenv("VAULT_TOKEN", root.headers["X-Vault-Token"])
    return outside_settings(tmp_path)


def held(root: httpx.Client) -> dict[str, Any]:
    return {path: root.get(path).json().get("data") for path in MADE}


def test_its_sign_ins_reach_its_own_mount_and_nothing_is_left_at_the_end(
    root: httpx.Client, settings: Settings
) -> None:
    before = held(root)
    with contextlib.ExitStack() as leaving:
        room = outside_room(settings, leaving)
        made = room.sign_up()
        assert made["CAFE24_VAULT_MOUNT"].startswith("cafe24-test-")
        login = {"role_id": made["VAULT_ROLE_ID"], "secret_id": made["VAULT_SECRET_ID"]}
        token = root.post("auth/approle/login", json=login).json()["auth"]["client_token"]
        keeper = {"X-Vault-Token": token}
        own = root.post(f"{room.mount}/data/cafe24/malls/x", json={"data": {}}, headers=keeper)
        others = root.post("secret/data/cafe24/malls/x", json={"data": {}}, headers=keeper)
        assert (own.status_code, others.status_code) == (200, 403)
    assert held(root) == before


def test_an_approle_method_that_was_there_before_stays(
    root: httpx.Client, settings: Settings
) -> None:
    root.post("sys/auth/approle", json={"type": "approle"}).raise_for_status()
    root.post("auth/approle/role/theirs", json={}).raise_for_status()
    with contextlib.ExitStack() as leaving:
        outside_room(settings, leaving).sign_up()
    assert root.get("auth/approle/role?list=true").json()["data"]["keys"] == ["theirs"]


def test_a_token_that_may_not_make_a_mount_is_told_what_it_lacks(
    root: httpx.Client, settings: Settings
) -> None:
    weak = root.post("auth/token/create", json={"policies": ["default"]}).json()
    token = SecretStr(weak["auth"]["client_token"])
    poor = settings.model_copy(update={"vault_token": token})
    with contextlib.ExitStack() as leaving, pytest.raises(VaultRefused, match="make mounts"):
        outside_room(poor, leaving)


def test_what_cannot_be_given_back_is_named(
    root: httpx.Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.ExitStack() as leaving:
        outside_room(settings, leaving)
        root.put("sys/seal").raise_for_status()
    assert "Left in Vault: sys/mounts/cafe24-test-" in capsys.readouterr().err


def test_without_an_address_and_a_token_there_is_no_outside_vault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example")
    with pytest.raises(SettingsError, match="--vault needs VAULT_ADDR and VAULT_TOKEN"):
        outside_settings(tmp_path)
