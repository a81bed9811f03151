"""refresh-tokens for more malls than one run should do: cut, done shard by shard, told once."""

import json
from datetime import UTC, datetime, timedelta

from cafe24.fleet.shards import place_of
from cafe24.malls import MallId
from cafe24.tokens.graded import Grade, GradedCredential, store_grades
from cafe24.tokens.orders import Orders
from flows.refresh_tokens import SHARDS, refresh_tokens
from flows.refresh_tokens_shard import refresh_tokens_shard
from tests.integration.surroundings import LIFE, Shop, ran
from tests.integration.test_fleet.shards import SIZE, all_ran, shards


def test_a_fleet_is_cut_into_shards_each_a_run_of_its_own_and_the_last_one_reports(
    shop: Shop, fleet: list[MallId]
) -> None:
    parent = ran(refresh_tokens, shard_size=SIZE, spread=False)
    cut = shards(shop)
    assert parent.is_completed()
    assert f"7 malls: {len(cut)} of {len(cut)} shards started" in parent.message
    runs = shop.prefect.runs_of(SHARDS)
    assert {run["parameters"]["shard"] for run in runs} == {one["shard_no"] for one in cut}
    assert {run["work_queue_name"] for run in runs} == {"shards"}
    assert {run["parent_task_run_id"] for run in runs} == {None}  # nobody waits for them
    *others, last = all_ran(shop, refresh_tokens_shard)
    assert all("The last shard reports for all." in one.message for one in others)
    assert last.message == f"7 malls in {len(cut)} shards: 6 refreshed, 1 fresh."
    assert [shop.document(mall).generation for mall in fleet] == [1, 2, 2, 2, 2, 2, 2]
    assert len(shop.rows("SELECT * FROM token_grant")) == 6
    report = shop.prefect.artifact("refresh-tokens-fleet")
    assert "6 refreshed, 1 fresh." in report["description"]


def test_a_run_of_a_shard_that_waits_for_its_time_is_not_taken_for_late(
    shop: Shop, fleet: list[MallId]
) -> None:
    assert fleet
    ran(refresh_tokens, shard_size=SIZE, spread=False)
    # Prefect marks as late what has the state's usual name, "Scheduled".
    assert {one["state_name"] for one in shop.prefect.runs_of(SHARDS)} == {"AwaitingTurn"}


def test_one_malls_failure_is_its_own_and_a_rerun_takes_it_alone(
    shop: Shop, fleet: list[MallId]
) -> None:
    dead = fleet[3]
    shop.control("revoke", {}, dead)
    ran(refresh_tokens, shard_size=SIZE, spread=False)
    *_, last = all_ran(shop, refresh_tokens_shard)
    assert last.is_failed()
    assert "5 refreshed" in last.message
    assert "1 failed" in last.message
    assert f"{dead}: Cafe24 refuses the refresh token" in last.message
    [failure] = [one for row in shards(shop) for one in json.loads(row["failures"])]
    assert failure["mall_id"] == dead
    row = shop.prefect.artifact("refresh-tokens-fleet")["data"]
    assert dead in row
    shop.connect(dead, left=LIFE - timedelta(days=7))
    [again] = [row for row in shards(shop) if json.loads(row["failures"])]
    before = {mall: shop.document(mall).generation for mall in fleet}
    state = ran(refresh_tokens_shard, fan_out=again["fan_out_id"], shard=again["shard_no"])
    assert state.is_completed()
    assert "6 refreshed" in state.message
    after = {mall: shop.document(mall).generation for mall in fleet}
    assert {mall for mall in fleet if after[mall] != before[mall]} == {dead}


def test_paused_and_removed_malls_of_a_fleet_are_left_alone(
    shop: Shop, fleet: list[MallId]
) -> None:
    removed = fleet[4]
    shop.change(status="paused")
    ran(refresh_tokens, shard_size=SIZE, spread=False)
    Orders(shop.tokens.store(), shop.tokens.environment, patience_s=1).remove(removed)
    *_, last = all_ran(shop, refresh_tokens_shard)
    assert last.is_completed()
    assert "2 left for later" in last.message
    assert shop.rows("SELECT id FROM incident") == []


def test_who_is_near_the_end_waits_for_no_spread(shop: Shop, fleet: list[MallId]) -> None:
    near = fleet[2]
    now = datetime.now(UTC)
    ends = GradedCredential(f"mall:{near}", Grade.warning, now + timedelta(days=1), now, near)
    store_grades(shop.engine, [ends])
    ran(refresh_tokens, shard_size=SIZE)
    first, *others = shards(shop)
    assert json.loads(first["mall_ids"]) == [near]
    [cut] = shop.rows("SELECT started_at FROM fan_out")
    hours, slices = timedelta(hours=6), 24
    for one in others:
        due = datetime.fromisoformat(cut["started_at"])
        due += hours * int(place_of(MallId(json.loads(one["mall_ids"])[0])) * slices) / slices
        assert datetime.fromisoformat(one["due_at"]) == due
    starts = {
        one["parameters"]["shard"]: datetime.fromisoformat(one["expected_start_time"])
        for one in shop.prefect.runs_of(SHARDS)
    }
    assert starts == {
        one["shard_no"]: datetime.fromisoformat(one["due_at"]) for one in shards(shop)
    }


def test_a_shard_whose_process_died_too_often_is_told_as_failed(
    shop: Shop, fleet: list[MallId]
) -> None:
    ran(refresh_tokens, shard_size=SIZE, spread=False)
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE fan_out_shard SET attempts = 3 WHERE shard_no = 1")
    states = all_ran(shop, refresh_tokens_shard)
    held = json.loads(shards(shop)[0]["mall_ids"])
    assert states[-1].is_failed()
    assert "ended 3 times without a word" in states[-1].message
    assert {shop.document(mall).generation for mall in held} == {1}
    kinds = {one["kind"] for one in shop.rows("SELECT kind FROM incident")}
    assert kinds == {"refresh_failed"}
    assert fleet
