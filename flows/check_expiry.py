"""Notices what is about to end, early enough."""

from typing import Any

from prefect import State, flow
from prefect.states import Completed

from cafe24.fleet.shards import CHECKED_AT_ONCE
from tasks.alerts import grade_slack
from tasks.expiry import grade_malls, grade_monitor, keep_grades, list_malls, start_refreshes
from tasks.fan_out import fan_out
from tasks.health import show_grades
from tasks.incidents import announce_alerts
from tasks.last_incident import show_last_incident
from tasks.parameters import ShardSize
from tasks.ping import ping
from tasks.run_names import named_by_time

SHARDS = "check-expiry-shard/fan-out"


@flow(name="check-expiry", flow_run_name=named_by_time, timeout_seconds=1800, persist_result=False)
async def check_expiry(shard_size: ShardSize = CHECKED_AT_ONCE) -> State[Any]:
    """Grade every mall's refresh token by its dates, alert, and start overdue refreshes.

    It signs in as the monitor, who sees dates and never a token, and grades that sign-in
    and the Slack channel too. More malls than a shard holds are cut into shards, each a
    run of its own.

    Args:
        shard_size: Malls a shard.
    """
    malls = await list_malls()
    if len(malls) > shard_size:
        await keep_grades([*await grade_monitor(), *await grade_slack()])
        await announce_alerts()
        return await fan_out(SHARDS, malls, size=shard_size, is_spread=False, parameters={})
    graded = [*await grade_malls(malls), *await grade_monitor(), *await grade_slack()]
    changed = await keep_grades(graded)
    await announce_alerts()
    await show_grades(graded)
    await start_refreshes([one.mall_id for one in graded if one.wants_refresh and one.mall_id])
    await ping()
    if changed:
        await show_last_incident()
    told = f"the worst is {max(one.grade for one in graded).name}"
    found = sum(1 for one in graded if one.mall_id)
    return Completed(message=f"{found} graded, {changed} changed; {told}.")
