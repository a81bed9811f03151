"""A room of the demo's own in a Vault: two policies, two sign-ins, and a mount where asked."""

import contextlib
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cafe24.errors import SettingsError, VaultAway, VaultRefused
from cafe24.settings import PROJECT, Settings

POLICIES = PROJECT / "deploy" / "policies"
PROJECT_MOUNT = "secret"
"""The mount that the policies in deploy/ are written for."""

READY_S = 10.0
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class VaultRoom:
    """What is the demo's in a Vault.

    Attributes:
        mount: the KV v2 mount that tokens go to.
        name: what the names of its policies and roles begin with.
        leaving: gives back, at the end, whatever was made.
    """

    http: httpx.Client
    mount: str
    name: str
    leaving: contextlib.ExitStack

    def sign_up(self) -> dict[str, str]:
        """Give keeper and monitor our policies and an AppRole each; return their settings.

        Raises:
            VaultAway, VaultRefused: Vault does not let us.
        """
        if "approle/" not in self._asked("GET", "sys/auth")["data"]:
            self._make("sys/auth/approle", {"type": "approle"})
        keeper_id, keeper_secret = self._role("keeper")
        monitor_id, monitor_secret = self._role("monitor")
        return {
            "VAULT_ROLE_ID": keeper_id,
            "VAULT_SECRET_ID": keeper_secret,
            "CAFE24_MONITOR_ROLE_ID": monitor_id,
            "CAFE24_MONITOR_SECRET_ID": monitor_secret,
            "CAFE24_VAULT_MOUNT": self.mount,
        }

    def make_mount(self) -> None:
        """Make the mount; a new KV v2 answers 400 until Vault has prepared it."""
        self._make(f"sys/mounts/{self.mount}", {"type": "kv", "options": {"version": "2"}})
        until = time.monotonic() + READY_S
        while self.http.get(f"/v1/{self.mount}/config").is_error and time.monotonic() < until:
            time.sleep(POLL_S)

    def _role(self, name: str) -> tuple[str, str]:
        """Make our policy `name` and an AppRole that has it; return the sign-in."""
        text = (POLICIES / f"{name}.hcl").read_text(encoding="utf-8")
        policy = text.replace(f'"{PROJECT_MOUNT}/', f'"{self.mount}/')
        self._make(f"sys/policies/acl/{self.name}-{name}", {"policy": policy})
        role = f"auth/approle/role/{self.name}-{name}"
        self._make(role, {"token_policies": [f"{self.name}-{name}"], "token_ttl": "1h"})
        role_id = self._asked("GET", f"{role}/role-id")["data"]["role_id"]
        return role_id, self._asked("POST", f"{role}/secret-id", {})["data"]["secret_id"]

    def _make(self, path: str, body: Mapping[str, Any]) -> None:
        self._asked("POST", path, body)
        self.leaving.callback(self._give_back, path)

    def _give_back(self, path: str) -> None:
        try:
            self._asked("DELETE", path)
        except (VaultAway, VaultRefused) as refusal:
            print(f"Left in Vault: {path}. {refusal}", file=sys.stderr)

    def _asked(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            answer = self.http.request(method, f"/v1/{path}", json=body)
        except httpx.TransportError as failure:
            raise VaultAway(
                f"Vault does not answer ({type(failure).__name__}).",
                "Check that it runs and that VAULT_ADDR points at it.",
            ) from None
        if answer.is_error:
            raise VaultRefused(
                f"Vault answers {answer.status_code} to {method} {path}.",
                "With --vault, VAULT_TOKEN must be allowed to make mounts, policies and AppRoles.",
            )
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


def sandbox_room(url: str, token: str, leaving: contextlib.ExitStack) -> VaultRoom:
    """Return the demo's room in its own sandbox, which is all the demo's."""
    http = leaving.enter_context(_client(url, token))
    return VaultRoom(http, PROJECT_MOUNT, "cafe24", leaving)


def outside_settings(folder: Path = PROJECT) -> Settings:
    """Return the settings that lead to the Vault that `--vault` asks for.

    Raises:
        SettingsError: VAULT_ADDR or VAULT_TOKEN is missing, or any setting is refused.
    """
    settings = Settings.load(folder)
    if settings.vault_addr is None or settings.vault_token is None:
        raise SettingsError(
            "--vault needs VAULT_ADDR and VAULT_TOKEN.",
            "Set both, or leave --vault out: then the demo brings a Vault of its own.",
        )
    return settings


def outside_room(settings: Settings, leaving: contextlib.ExitStack) -> VaultRoom:
    """Return a room in an outside Vault, in a mount that is made now and removed at the end.

    Raises:
        VaultAway, VaultRefused: Vault does not let us make it.
    """
    assert settings.vault_addr
    assert settings.vault_token
    http = _client(settings.vault_addr, settings.vault_token.get_secret_value(), settings)
    name = f"cafe24-test-{secrets.token_hex(4)}"
    room = VaultRoom(leaving.enter_context(http), name, name, leaving)
    room.make_mount()
    return room


def _client(url: str, token: str, settings: Settings | None = None) -> httpx.Client:
    headers = {"X-Vault-Token": token}
    if settings and settings.vault_namespace:
        headers["X-Vault-Namespace"] = settings.vault_namespace
    trusted = httpx.create_ssl_context(verify=settings.vault_cacert or True) if settings else True
    return httpx.Client(base_url=url, headers=headers, verify=trusted, timeout=30, trust_env=False)
