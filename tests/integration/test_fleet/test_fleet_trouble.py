"""What goes wrong for a whole fleet is told once; what goes wrong for one mall stops no other."""

import json
from collections.abc import Iterator

import httpx
import pytest

from cafe24.alerts.findings import app_subject
from cafe24.malls import MallId
from cafe24.secret import Secret
from flows.refresh_tokens import refresh_tokens
from flows.refresh_tokens_shard import refresh_tokens_shard
from flows.send_alert import send_alert
from flows.sync_products import sync_products
from flows.sync_products_shard import sync_products_shard
from tasks.keeper import close_keepers
from tests.integration.conftest import Servers
from tests.integration.surroundings import Shop, ran
from tests.integration.test_fleet.shards import SIZE, all_ran, shards

Fleet = list[MallId]

RATE = 20
"""Requests a second that a Vault with a quota serves: far fewer than a fleet makes."""


def change_secret(shop: Shop, secret: Secret) -> Secret:
    """Store another secret of the app; return the one that was there."""
    store = shop.tokens.store()
    app = store.app_or_only_one(None)
    store.write_app(app.model_copy(update={"client_secret": secret}))
    return app.client_secret


def calls_of_the_endpoint(shop: Shop, malls: Fleet) -> int:
    """Return how many times tokens were asked for, as the malls counted it."""
    answers = [shop.malls.get(f"/__sandbox__/malls/{mall}/grants") for mall in malls]
    return sum(len(one.raise_for_status().json()["grants"]) for one in answers)


def test_a_fleet_whose_app_secret_is_wrong_is_one_incident_one_message_and_one_recovery(
    shop: Shop, fleet: Fleet
) -> None:
    _, *due = fleet
    right = change_secret(shop, Secret("invented-wrong-secret"))
    before = {mall: shop.document(mall) for mall in fleet}
    ran(refresh_tokens, shard_size=SIZE, spread=False)
    assert len(shards(shop)) > 1
    *_, last = all_ran(shop, refresh_tokens_shard)
    assert last.is_failed()
    [incident] = shop.rows("SELECT * FROM incident")
    app = shop.document().client_id
    assert (incident["subject"], incident["kind"]) == (app_subject(app), "app_refused")
    assert incident["mall_id"] is None
    facts = json.loads(incident["facts"])
    assert facts["malls"] == len(due)
    assert facts["mall_ids"].split(",") == sorted(due)
    assert facts["redirect_uri"]
    ran(send_alert)
    [message] = shop.said()
    assert f"{app}: Cafe24 refuses the app: {len(due)} malls get no new tokens" in message
    assert f"manage.py app {app} --redirect-uri {facts['redirect_uri']}" in message
    for mall in due:  # nothing is spent: the pair is what it was, and works
        after = shop.document(mall)
        assert (after.refresh_token, after.status) == (before[mall].refresh_token, "active")
        assert (after.intent, after.sent) == (None, [])
    again = all_ran(shop, refresh_tokens_shard)[-1]
    assert again.is_completed()
    assert f"{len(due)} known to be in trouble" in again.message
    change_secret(shop, right)
    close_keepers()  # each run of a shard has a process of its own
    assert "6 refreshed" in all_ran(shop, refresh_tokens_shard)[-1].message
    [incident] = shop.rows("SELECT * FROM incident")
    assert incident["closed_at"]
    ran(send_alert)
    [_, recovery] = shop.said()
    assert f"{app} recovered: App secret refused" in recovery


def test_a_mall_that_removed_the_app_is_one_malls_incident_and_the_others_are_synced(
    shop: Shop, fleet: Fleet
) -> None:
    removed = fleet[0]  # its access token lives: the API says it, and no token call is spent
    spent = calls_of_the_endpoint(shop, [removed])
    shop.control("revoke", {"what": "app"}, removed)
    ran(sync_products, shard_size=SIZE, spread=False)
    *_, last = all_ran(shop, sync_products_shard)
    assert last.is_failed()
    assert "6 synced" in last.message
    assert "1 failed" in last.message
    [incident] = shop.rows("SELECT * FROM incident")
    assert (incident["kind"], incident["mall_id"]) == ("reauthorize", removed)
    assert "removed" in json.loads(incident["facts"])["reason"]
    synced = shop.rows("SELECT mall_id FROM sync_run WHERE outcome = 'synced'")
    assert {one["mall_id"] for one in synced} == set(fleet) - {removed}
    assert shop.document(removed).status == "reauthorize"
    # The next run asks Cafe24 nothing for it, and says that it is known.
    ran(sync_products, shard_size=SIZE, spread=False)
    *_, again = all_ran(shop, sync_products_shard)
    assert again.is_completed()
    assert "1 known to be in trouble" in again.message
    assert calls_of_the_endpoint(shop, [removed]) == spent
    assert len(shop.rows("SELECT id FROM incident")) == 1


@pytest.fixture
def limited(servers: Servers, shop: Shop) -> Iterator[int]:
    """Vault serves so many requests a second of all that is kept in it, and refuses the others."""
    root = {"X-Vault-Token": servers.vault["root_token"]}
    quota = f"/v1/sys/quotas/rate-limit/{shop.mall}"
    with httpx.Client(base_url=servers.vault["url"], headers=root) as vault:
        sent = {"path": "secret/", "rate": RATE, "interval": "1s"}
        vault.post(quota, json=sent).raise_for_status()
        yield RATE
        vault.delete(quota).raise_for_status()


def test_a_fleet_under_a_quota_of_vaults_ends_later_and_no_mall_fails(
    shop: Shop, fleet: Fleet, limited: int
) -> None:
    assert limited
    ran(refresh_tokens, shard_size=SIZE, spread=False)
    *_, last = all_ran(shop, refresh_tokens_shard)
    assert last.is_completed()
    assert "6 refreshed, 1 fresh" in last.message or "1 fresh, 6 refreshed" in last.message
    assert [shop.document(mall).generation for mall in fleet] == [1, 2, 2, 2, 2, 2, 2]
    assert shop.rows("SELECT id FROM incident") == []
    assert calls_of_the_endpoint(shop, fleet) == 6
