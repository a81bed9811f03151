"""Keeps the product tables equal to one shard's malls."""

from typing import Any

from prefect import State, flow

from tasks.fan_out import begin_shard, end_shard, ended_with, given_up, shard_verdict
from tasks.fleet_report import show_fleet
from tasks.incidents import announce_alerts, record_incidents
from tasks.last_incident import show_last_incident
from tasks.leftovers import record_leftovers
from tasks.parameters import AtOnce, SyncMode
from tasks.products import AT_ONCE, SYNC_RULES, sync_malls
from tasks.run_names import named_by_shard


@flow(
    name="sync-products-shard",
    flow_run_name=named_by_shard,
    timeout_seconds=6 * 3600,
    persist_result=False,
)
async def sync_products_shard(
    fan_out: str,
    shard: int,
    mode: SyncMode = "auto",
    at_once: AtOnce = AT_ONCE,
) -> State[Any]:
    """Do what sync-products does, for one shard of its malls.

    sync-products starts it. Run again, it takes the malls that failed. The shard that
    ends last reports for all, and fails when a mall failed. What each mall's sync came to
    stands in the table sync_run: a fleet has no artifact for each.

    Args:
        fan_out: The run of sync-products that cut the malls into shards.
        shard: Which shard.
        mode: As sync-products was asked.
        at_once: Malls at a time.
    """
    claim = await begin_shard(fan_out, shard)
    answers = given_up(claim) or await sync_malls(claim, mode, at_once=at_once)
    record = await record_incidents(answers, SYNC_RULES.of_a_fleet())
    await record_leftovers(answers)
    await announce_alerts()
    ended = ended_with(answers, record)
    report = await end_shard(claim, ended)
    if report is not None:
        await show_fleet(report)
        await show_last_incident()
    return shard_verdict(ended, report)
