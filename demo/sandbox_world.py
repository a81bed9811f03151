"""The sandbox as its users would have it: AppRoles with our policies, settings that fit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cafe24.settings import Settings
from demo.stage import Stage, free_port
from demo.vault_room import outside_room, sandbox_room


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The three servers as they said they are, and the settings that point at them."""

    mall: dict[str, Any]
    slack: dict[str, Any]
    prefect_port: int
    environment: dict[str, str]

    def urls(self) -> dict[str, str]:
        """Return what a person may want to open."""
        return {
            "prefect": f"http://127.0.0.1:{self.prefect_port}",
            "mall": self.mall["url"],
            "vault": self.environment["VAULT_ADDR"],
            "slack": self.slack["url"],
            "database": self.environment["CAFE24_DATABASE_URL"],
        }

    def answering(self) -> list[str]:
        """Return which of the mall, the Vault and Slack answer at their address."""
        pages = {
            "mall": self.mall["url"],
            "Vault": f"{self.environment['VAULT_ADDR']}/v1/sys/health",
            "Slack": self.slack["url"],
        }
        trusted = httpx.create_ssl_context(verify=self.environment.get("VAULT_CACERT", True))
        with httpx.Client(verify=trusted, trust_env=False, timeout=10) as http:
            return [name for name, page in pages.items() if http.get(page).is_success]


def start_sandbox(
    stage: Stage,
    *,
    products: Path | None,
    product_count: int,
    database_url: str | None,
    outside_vault: Settings | None,
) -> Sandbox:
    """Start a mall, a Vault and a Slack, and sign keeper and monitor up at Vault.

    Args:
        stage: what ends them.
        products: records for the mall to serve instead of its own invention.
        product_count: how many products the mall invents.
        database_url: where the tables go instead of the stage's home.
        outside_vault: leads to a Vault to use instead of a sandbox.

    Raises:
        UsageError: a server does not start.
        VaultAway, VaultRefused: the outside Vault does not let us in.
    """
    given = ("--products", str(products.resolve())) if products else ()
    mall = stage.start_sandbox("mall", "--product-count", str(product_count), *given)
    slack = stage.start_sandbox("slack")
    port = free_port()
    environment = stage.environment(
        **_vault(stage, outside_vault),
        CAFE24_ENVIRONMENT="demo",
        CAFE24_API_URL=mall["api_url"],
        CAFE24_DATABASE_URL=database_url or f"sqlite:///{stage.home}/cafe24.sqlite",
        CAFE24_SPILL_DIR=str(stage.home / "spill"),
        CAFE24_SLACK_WEBHOOK_URL=slack["webhook_url"],
        CAFE24_LANGUAGE="en",
        # Details cost a call each; twenty show the step without the wait for the bucket.
        CAFE24_DETAIL_CALLS_PER_RUN="20",
        PREFECT_HOME=str(stage.home / "prefect"),
        PREFECT_API_URL=f"http://127.0.0.1:{port}/api",
        PREFECT_UI_URL=f"http://127.0.0.1:{port}",
        PREFECT_SERVER_API_PORT=str(port),
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        # As prefect.toml has it, which the server does not see from the stage's home.
        PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE="prefect.server.concurrency.lease_storage.filesystem",
        PREFECT_WORKER_QUERY_SECONDS="1",
        DO_NOT_TRACK="1",
    )
    return Sandbox(mall, slack, port, environment)


def _vault(stage: Stage, outside: Settings | None) -> dict[str, str]:
    """Return the settings that lead to the demo's room in its own or the outside Vault."""
    if outside is None:
        vault = stage.start_sandbox("vault")
        room = sandbox_room(vault["url"], vault["root_token"], stage.stack)
        return {"VAULT_ADDR": vault["url"], **room.sign_up()}
    where = {
        "VAULT_ADDR": outside.vault_addr,
        "VAULT_NAMESPACE": outside.vault_namespace,
        "VAULT_CACERT": outside.vault_cacert,
    }
    room = outside_room(outside, stage.stack)
    return {name: value for name, value in where.items() if value} | room.sign_up()
