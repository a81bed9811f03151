"""What may have happened to a mall before: each made by the keeper or a client, for real."""

import time

import httpx

from cafe24.malls import api_url
from cafe24.tokens.document import Intent
from cafe24.tokens.need import FORCED
from cafe24.tokens.standing import settles_at
from tests.faults.children import Plan, run
from tests.faults.killing import COMMAND
from tests.faults.shop import Shop


def a_spill(shop: Shop) -> dict[str, int]:
    """A keeper was granted a pair, sealed it, and died before Vault came back."""
    save = {"match": "POST {mall}", "skip": 1, "kind": "refuse", "times": None}
    shop.order_vault_fault(**save)
    run(shop, Plan(COMMAND), lambda _event: None)
    shop.heal()
    assert shop.sealed_pairs(), "the keeper left no spill"
    return {}


def an_ambiguous_mall(shop: Shop) -> dict[str, int]:
    """A refresh got no answer and spent nothing, and the time to settle it is over."""
    shop.ask_mall("faults", [{"on": "token", "kind": "drop_before"}])
    run(shop, Plan(COMMAND), lambda _event: None)
    _let_settle(shop)
    return {}


def an_old_intent(shop: Shop) -> dict[str, int]:
    """A keeper wrote its intent and was never heard of again."""
    stored = shop.stored()
    parent = shop.keys.fingerprint(stored.document.refresh_token)
    intent = Intent(
        owner="gone", host="elsewhere", pid=1, generation=1, lease_s=0.001, parent=parent
    )
    document = stored.document.with_intent(intent, stored.read_at)
    shop.store.write_mall(document, cas=stored.version)
    return {}


def a_rollback(shop: Shop) -> dict[str, int]:
    """Vault was restored from a backup of before the last grant, which the ledger knows."""
    backup = shop.snapshot()
    run(shop, Plan(COMMAND, need=FORCED), lambda _event: None)
    granted = shop.stored().document
    shop.restore(backup)
    return {granted.lineage: granted.generation}


def a_foreign_client(shop: Shop) -> dict[str, int]:
    """An old script holds the same credential, and spent it."""
    token = shop.stored().document.refresh_token.reveal()
    app = shop.street.app
    httpx.post(
        f"{api_url(shop.configuration.api_url, shop.mall)}/api/v2/oauth/token",
        data={"grant_type": "refresh_token", "refresh_token": token},
        auth=(app.client_id, app.client_secret.reveal()),
    ).raise_for_status()
    return {}


def _let_settle(shop: Shop) -> None:
    """Wait until the next call may settle it, by Vault's clock."""
    while (stored := shop.stored()).read_at < settles_at(stored, shop.configuration.timing.settle):
        time.sleep(0.1)
