"""Notices what is about to end among one shard's malls."""

from typing import Any

from prefect import State, flow

from tasks.expiry import grade_malls, graded_as, keep_grades, start_refreshes
from tasks.fan_out import begin_shard, end_shard, shard_verdict
from tasks.health import show_last_check
from tasks.incidents import announce_alerts
from tasks.last_incident import show_last_incident
from tasks.ping import ping
from tasks.run_names import named_by_shard


@flow(
    name="check-expiry-shard",
    flow_run_name=named_by_shard,
    timeout_seconds=1800,
    persist_result=False,
)
async def check_expiry_shard(fan_out: str, shard: int) -> State[Any]:
    """Do what check-expiry does, for one shard of its malls.

    check-expiry starts it. Each shard starts the refreshes of its own malls; the one that
    ends last shows how all stand.

    Args:
        fan_out: The run of check-expiry that cut the malls into shards.
        shard: Which shard.
    """
    claim = await begin_shard(fan_out, shard)
    graded = await grade_malls(claim.mall_ids)
    await keep_grades(graded, of_a_fleet=True)
    await announce_alerts()
    await start_refreshes([one.mall_id for one in graded if one.wants_refresh and one.mall_id])
    ended = graded_as(graded)
    report = await end_shard(claim, ended)
    if report is not None:
        await show_last_check()
        await ping()
        await show_last_incident()
    return shard_verdict(ended, report)
