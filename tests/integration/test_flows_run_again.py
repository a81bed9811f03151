"""A run that failed is run again from its page: it does what is left, and nothing twice."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.flow_engine import run_flow_async

from flows.authorize_mall import authorize_mall
from flows.refresh_tokens import refresh_tokens
from flows.send_alert import send_alert
from flows.sync_products import sync_products
from tests.integration.surroundings import Shop, eventually, ran

FORBIDDEN = {"kind": "status", "status": 403, "errors": ["permission denied"], "times": None}


@dataclass(frozen=True)
class Run:
    """One flow run, carried out as a worker does it: by its id."""

    shop: Shop
    flow: Flow[..., Any]
    id: str

    @classmethod
    def of(cls, shop: Shop, flow: Any, **parameters: Any) -> "Run":
        with get_client(sync_client=True) as client:
            return cls(shop, flow, str(client.create_flow_run(flow, parameters=parameters).id))

    def carried_out(self) -> dict[str, Any]:
        """Carry it out to its end; return what Prefect then says of it."""
        with get_client(sync_client=True) as client:
            run = client.read_flow_run(UUID(self.id))
        asyncio.run(run_flow_async(self.flow, run, run.parameters, return_type="state"))
        return self.shop.prefect.run(self.id)

    def retry(self) -> None:
        """Order what the button on its page orders."""
        state = {"type": "SCHEDULED", "name": "AwaitingRetry"}
        self.shop.prefect.asked(f"/flow_runs/{self.id}/set_state", state=state, force=True)

    def waiting(self) -> dict[str, Any]:
        """Return the run as soon as it waits for its form."""

        def paused() -> dict[str, Any]:
            run = self.shop.prefect.run(self.id)
            return run if run["state_type"] == "PAUSED" else {}

        return eventually(paused)

    def paste(self, address: str) -> None:
        body = {"run_input": {"redirected_to": address}}
        answer = self.shop.prefect.sent("POST", f"/flow_runs/{self.id}/resume", body)
        assert answer.json()["status"] == "ACCEPT", answer.text


def test_a_sync_run_again_fills_the_tables_once_and_ends_its_incident(shop: Shop) -> None:
    shop.control("faults", [{"on": "count", "kind": "status", "status": 403, "times": 1}])
    run = Run.of(shop, sync_products, mall_ids=[shop.mall])
    assert run.carried_out()["state_type"] == "FAILED"
    ran(send_alert)
    run.retry()
    again = run.carried_out()
    assert (again["state_type"], again["run_count"]) == ("COMPLETED", 2)
    ran(send_alert)
    products = len(shop.truth()["products"])
    assert shop.rows("SELECT count(*) AS held FROM product") == [{"held": products}]
    assert shop.rows("SELECT outcome, new FROM sync_run ORDER BY id") == [
        {"outcome": "failed", "new": 0},
        {"outcome": "synced", "new": products},
    ]
    [incident] = shop.rows("SELECT closed_at FROM incident")
    assert incident["closed_at"] is not None
    _, recovery = shop.said()
    assert "recovered" in recovery


def test_a_refresh_run_again_spends_one_token(shop: Shop) -> None:
    before = shop.document().generation
    run = Run.of(shop, refresh_tokens, mall_ids=[shop.mall], force=True)
    with vault_refusing(shop):
        assert run.carried_out()["state_type"] == "FAILED"
    run.retry()
    assert run.carried_out()["state_type"] == "COMPLETED"
    assert shop.document().generation == before + 1
    assert shop.rows("SELECT outcome FROM token_grant") == [{"outcome": "refreshed"}]
    assert shop.rows("SELECT id FROM incident WHERE closed_at IS NULL") == []


def test_an_authorize_run_again_asks_with_a_new_link_and_its_form_works(shop: Shop) -> None:
    before = shop.document().generation
    run = Run.of(shop, authorize_mall, mall_id=shop.mall)
    ends: list[dict[str, Any]] = []

    def start() -> None:
        threading.Thread(target=lambda: ends.append(run.carried_out()), daemon=True).start()

    start()
    run.waiting()
    first = consent_link(shop)
    with vault_refusing(shop):
        run.paste(consented(first))
        failed = eventually(lambda: ends)[0]
    assert failed["state_type"] == "FAILED"
    assert "Vault denies" in failed["state"]["message"]
    run.retry()
    ends.clear()
    start()
    run.waiting()
    second = consent_link(shop)
    assert second != first
    run.paste(consented(second))
    again = eventually(lambda: ends)[0]
    assert again["state"]["message"].startswith(f"{shop.mall} is connected")
    assert shop.document().generation == before + 1


@contextmanager
def vault_refusing(shop: Shop) -> Iterator[None]:
    """Vault takes no mall's document while the block lasts."""
    faults = f"{shop.settings.vault_addr}/__sandbox__/faults"
    place = f"POST /v1/secret/data/{shop.settings.vault_prefix}/malls"
    httpx.post(faults, json={"match": place, **FORBIDDEN}).raise_for_status()
    yield
    httpx.delete(faults).raise_for_status()


def consent_link(shop: Shop) -> str:
    text = str(shop.prefect.artifact(f"consent-{shop.mall}")["data"])
    return text[text.index("](") + 2 : text.rindex(")")]


def consented(link: str) -> str:
    """Consent as the principal operator; return where the browser is sent."""
    form = {"operator": "principal", "decision": "allow"}
    return str(httpx.post(link, data=form, follow_redirects=False).headers["Location"])
