"""sync-products for a fleet: every shard's malls equal, one mall's trouble its own."""

import json

from cafe24.malls import MallId
from flows.sync_products import SHARDS, sync_products
from flows.sync_products_shard import sync_products_shard
from tests.expected_rows import assert_equal
from tests.integration.surroundings import Shop, ran
from tests.integration.test_fleet.shards import SIZE, all_ran, shards


def truth(shop: Shop, mall: MallId) -> list[dict[str, object]]:
    answer = shop.malls.get(f"/__sandbox__/malls/{mall}/truth").raise_for_status().json()
    found: list[dict[str, object]] = answer["products"]
    return found


def test_every_mall_of_a_fleet_is_synced_and_its_rows_are_the_malls(
    shop: Shop, fleet: list[MallId]
) -> None:
    parent = ran(sync_products, shard_size=SIZE, spread=False)
    assert parent.is_completed()
    assert len(shop.prefect.runs_of(SHARDS)) == len(shards(shop))
    *_, last = all_ran(shop, sync_products_shard)
    assert last.message == f"7 malls in {len(shards(shop))} shards: 7 synced."
    for mall in fleet:
        assert_equal(shop.engine.url.database or "", mall, truth(shop, mall))
    assert "7 synced." in shop.prefect.artifact("sync-products-fleet")["description"]


def test_a_mall_that_fails_fails_alone_and_a_rerun_reads_it_alone(
    shop: Shop, fleet: list[MallId]
) -> None:
    broken = fleet[2]
    refused = {"kind": "status", "status": 422, "times": None}
    shop.control("faults", [{"on": on, **refused} for on in ("products", "count")], broken)
    ran(sync_products, shard_size=SIZE, spread=False)
    *_, last = all_ran(shop, sync_products_shard)
    assert last.is_failed()
    assert "6 synced, 1 failed" in last.message or "1 failed, 6 synced" in last.message
    [(row, [failure])] = [
        (row, found) for row in shards(shop) if (found := json.loads(row["failures"]))
    ]
    assert failure["mall_id"] == broken
    shop.malls.delete(f"/__sandbox__/malls/{broken}/faults").raise_for_status()
    before = len(shop.rows("SELECT id FROM sync_run"))
    again = ran(sync_products_shard, fan_out=row["fan_out_id"], shard=row["shard_no"])
    assert again.is_completed()
    assert again.message.endswith("7 synced.")
    assert len(shop.rows("SELECT id FROM sync_run")) == before + 1


def test_a_paused_mall_of_a_fleet_is_not_read(shop: Shop, fleet: list[MallId]) -> None:
    shop.change(status="paused")
    ran(sync_products, shard_size=SIZE, spread=False)
    *_, last = all_ran(shop, sync_products_shard)
    assert last.is_completed()
    assert "1 left for later" in last.message
    read = {one["mall_id"] for one in shop.rows("SELECT DISTINCT mall_id FROM sync_run")}
    assert read == set(fleet) - {shop.mall}
