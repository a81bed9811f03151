"""The sandbox as its users would have it: an app, AppRoles with our policies, settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from cafe24.settings import PROJECT

POLICIES = PROJECT / "deploy" / "policies"


@dataclass(frozen=True, slots=True)
class Role:
    """The two halves of an AppRole sign-in."""

    role_id: str
    secret_id: str


def make_role(vault: httpx.Client, name: str) -> Role:
    """Give Vault our policy `name` and an AppRole that has it; return the sign-in."""
    policy = (POLICIES / f"{name}.hcl").read_text(encoding="utf-8")
    _post(vault, f"sys/policies/acl/cafe24-{name}", {"policy": policy})
    role = f"auth/approle/role/cafe24-{name}"
    _post(vault, role, {"token_policies": [f"cafe24-{name}"], "token_ttl": "1h"})
    role_id = vault.get(f"/v1/{role}/role-id").raise_for_status().json()["data"]["role_id"]
    secret_id = _post(vault, f"{role}/secret-id", {})["data"]["secret_id"]
    return Role(role_id, secret_id)


def enable_approle(vault: httpx.Client) -> None:
    """Turn AppRole sign-ins on, where they are not."""
    enabled = vault.get("/v1/sys/auth").raise_for_status().json()["data"]
    if "approle/" not in enabled:
        _post(vault, "sys/auth/approle", {"type": "approle"})


def _post(vault: httpx.Client, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    answer = vault.post(f"/v1/{path}", json=dict(body)).raise_for_status()
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found
