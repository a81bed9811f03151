"""check-expiry for a fleet: graded shard by shard, each starts the refreshes of its own malls."""

from datetime import timedelta

from cafe24.malls import MallId
from flows.check_expiry import SHARDS, check_expiry
from flows.check_expiry_shard import check_expiry_shard
from tests.integration.surroundings import LIFE, Shop, ran
from tests.integration.test_fleet.shards import SIZE, all_ran, shards

NINE_DAYS_OLD = LIFE - timedelta(days=9)
REFRESH = "refresh-tokens/weekly"


def test_every_mall_of_a_fleet_is_graded_and_the_last_shard_shows_all(
    shop: Shop, fleet: list[MallId]
) -> None:
    parent = ran(check_expiry, shard_size=SIZE)
    assert parent.is_completed()
    assert len(shop.prefect.runs_of(SHARDS)) == len(shards(shop))
    own = {one["name"] for one in shop.rows("SELECT name FROM credential_grade")}
    assert own == {"slack", "vault:keeper"}
    *_, last = all_ran(shop, check_expiry_shard)
    assert last.message == f"7 malls in {len(shards(shop))} shards: 7 ok."
    graded = shop.rows("SELECT mall_id FROM credential_grade WHERE mall_id IS NOT NULL")
    assert {one["mall_id"] for one in graded} == set(fleet)
    table = shop.prefect.artifact("token-health")["data"]
    assert all(f'"mall_id": "{mall}"' in table for mall in fleet)


def test_a_shard_starts_the_overdue_refreshes_of_its_own_malls(
    shop: Shop, fleet: list[MallId]
) -> None:
    overdue = fleet[1]
    shop.connect(overdue, left=NINE_DAYS_OLD)
    before = {run["id"] for run in shop.prefect.runs_of(REFRESH)}
    ran(check_expiry, shard_size=SIZE)
    all_ran(shop, check_expiry_shard)
    [run] = [one for one in shop.prefect.runs_of(REFRESH) if one["id"] not in before]
    assert run["parameters"] == {"mall_ids": [overdue]}
    shop.prefect.sent("DELETE", f"/flow_runs/{run['id']}")
