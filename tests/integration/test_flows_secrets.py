"""No token and no client secret reaches Prefect's database, logs, results or events."""

from typing import Any

from flows.check_expiry import check_expiry
from flows.refresh_tokens import refresh_tokens
from flows.sync_products import sync_products
from tests.integration.surroundings import Shop, eventually, ran


def secrets_of(shop: Shop, mall_server: dict[str, Any]) -> list[str]:
    """Return everything secret that the runs had in hand, as the mall knows it."""
    path = f"/__sandbox__/malls/{shop.mall}/grants"
    grants = shop.malls.get(path).raise_for_status().json()["grants"]
    presented = [grant["presented"] for grant in grants]
    pair = shop.document()
    kept = [pair.access_token.reveal(), pair.refresh_token.reveal()]
    return [mall_server["client_secret"], *kept, *(one for one in presented if one)]


def test_runs_that_work_and_runs_that_fail_leave_no_secret_behind(
    shop: Shop, mall_server: dict[str, Any]
) -> None:
    ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    ran(sync_products, mall_ids=[shop.mall])
    shop.control("faults", [{"on": "token", "kind": "drop_after"}])
    assert ran(refresh_tokens, mall_ids=[shop.mall], force=True).is_failed()
    shop.control("revoke", {"what": "all"})
    assert "in trouble" in ran(sync_products, mall_ids=[shop.mall]).message
    ran(check_expiry)
    # What must be there proves that the search would find it.
    assert eventually(lambda: shop.prefect.keeps(f"sync-report-{shop.mall}"))
    secrets = secrets_of(shop, mall_server)
    assert len(secrets) >= 4
    assert {secret[:4]: shop.prefect.keeps(secret) for secret in secrets} == {
        secret[:4]: [] for secret in secrets
    }
