"""The sandbox as its users would have it: AppRoles with our policies, settings that fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cafe24.settings import PROJECT
from demo.stage import Stage, free_port

POLICIES = PROJECT / "deploy" / "policies"


@dataclass(frozen=True, slots=True)
class Role:
    """The two halves of an AppRole sign-in."""

    role_id: str
    secret_id: str


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The three servers as they said they are, and the settings that point at them."""

    mall: dict[str, Any]
    vault: dict[str, Any]
    slack: dict[str, Any]
    prefect_port: int
    environment: dict[str, str]

    def urls(self) -> dict[str, str]:
        """Return what a person may want to open."""
        return {
            "prefect": f"http://127.0.0.1:{self.prefect_port}",
            "mall": self.mall["url"],
            "vault": self.vault["url"],
            "slack": self.slack["url"],
            "database": self.environment["CAFE24_DATABASE_URL"],
        }


def start_sandbox(
    stage: Stage, *, products: Path | None, product_count: int, database_url: str | None
) -> Sandbox:
    """Start a mall, a Vault and a Slack, and sign keeper and monitor up at Vault.

    Args:
        stage: what ends them.
        products: records for the mall to serve instead of its own invention.
        product_count: how many products the mall invents.
        database_url: where the tables go instead of the stage's home.
    """
    given = ("--products", str(products)) if products else ()
    mall = stage.start_sandbox("mall", "--product-count", str(product_count), *given)
    vault = stage.start_sandbox("vault")
    slack = stage.start_sandbox("slack")
    root = {"X-Vault-Token": vault["root_token"]}
    with httpx.Client(base_url=vault["url"], headers=root) as client:
        _enable_approle(client)
        keeper, monitor = _make_role(client, "keeper"), _make_role(client, "monitor")
    port = free_port()
    environment = stage.environment(
        VAULT_ADDR=vault["url"],
        VAULT_ROLE_ID=keeper.role_id,
        VAULT_SECRET_ID=keeper.secret_id,
        CAFE24_MONITOR_ROLE_ID=monitor.role_id,
        CAFE24_MONITOR_SECRET_ID=monitor.secret_id,
        CAFE24_ENVIRONMENT="demo",
        CAFE24_API_URL=mall["api_url"],
        CAFE24_DATABASE_URL=database_url or f"sqlite:///{stage.home}/cafe24.sqlite",
        CAFE24_SLACK_WEBHOOK_URL=slack["webhook_url"],
        CAFE24_LANGUAGE="en",
        # Details cost a call each; twenty show the step without the wait for the bucket.
        CAFE24_DETAIL_CALLS_PER_RUN="20",
        PREFECT_HOME=str(stage.home / "prefect"),
        PREFECT_API_URL=f"http://127.0.0.1:{port}/api",
        PREFECT_SERVER_API_PORT=str(port),
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        PREFECT_WORKER_QUERY_SECONDS="1",
        DO_NOT_TRACK="1",
    )
    return Sandbox(mall, vault, slack, port, environment)


def _make_role(vault: httpx.Client, name: str) -> Role:
    """Give Vault our policy `name` and an AppRole that has it; return the sign-in."""
    policy = (POLICIES / f"{name}.hcl").read_text(encoding="utf-8")
    _post(vault, f"sys/policies/acl/cafe24-{name}", {"policy": policy})
    role = f"auth/approle/role/cafe24-{name}"
    _post(vault, role, {"token_policies": [f"cafe24-{name}"], "token_ttl": "1h"})
    role_id = vault.get(f"/v1/{role}/role-id").raise_for_status().json()["data"]["role_id"]
    secret_id = _post(vault, f"{role}/secret-id", {})["data"]["secret_id"]
    return Role(role_id, secret_id)


def _enable_approle(vault: httpx.Client) -> None:
    """Turn AppRole sign-ins on, where they are not."""
    enabled = vault.get("/v1/sys/auth").raise_for_status().json()["data"]
    if "approle/" not in enabled:
        _post(vault, "sys/auth/approle", {"type": "approle"})


def _post(vault: httpx.Client, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    answer = vault.post(f"/v1/{path}", json=dict(body)).raise_for_status()
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found
