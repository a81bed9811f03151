"""Keeps the tokens of one shard's malls alive."""

from typing import Any

from prefect import State, flow

from tasks.fan_out import begin_shard, end_shard, ended_with, given_up, shard_verdict
from tasks.fleet_report import show_fleet
from tasks.health import show_last_check
from tasks.incidents import announce_alerts, record_incidents
from tasks.last_incident import show_last_incident
from tasks.parameters import AtOnce
from tasks.remarks import record_remarks
from tasks.run_names import named_by_shard
from tasks.tokens import AT_ONCE, needed, refresh_malls, refresh_rules


@flow(
    name="refresh-tokens-shard",
    flow_run_name=named_by_shard,
    timeout_seconds=3600,
    persist_result=False,
)
async def refresh_tokens_shard(
    fan_out: str,
    shard: int,
    force: bool = False,
    only_keep_warm: bool = False,
    at_once: AtOnce = AT_ONCE,
) -> State[Any]:
    """Do what refresh-tokens does, for one shard of its malls.

    refresh-tokens starts it. Run again, it takes the malls that failed. The shard that
    ends last reports for all, and fails when a mall failed.

    Args:
        fan_out: The run of refresh-tokens that cut the malls into shards.
        shard: Which shard.
        force: As refresh-tokens was asked.
        only_keep_warm: As refresh-tokens was asked.
        at_once: Malls at a time.
    """
    claim = await begin_shard(fan_out, shard)
    need = needed(force=force, only_keep_warm=only_keep_warm)
    answers = given_up(claim) or await refresh_malls(claim, need, at_once=at_once)
    rules = refresh_rules(only_keep_warm=only_keep_warm).of_a_fleet()
    record = await record_incidents(answers, rules)
    await record_remarks(answers)
    await announce_alerts()
    ended = ended_with(answers, record)
    report = await end_shard(claim, ended)
    if report is not None:
        await show_last_check()
        await show_fleet(report)
        await show_last_incident()
    return shard_verdict(ended, report)
