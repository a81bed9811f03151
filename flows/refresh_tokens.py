"""Keeps every mall's tokens alive."""

from collections.abc import Sequence
from typing import Any

from prefect import State, flow

from cafe24.fleet.shards import SHARD_SIZE
from tasks.each_mall import each_mall
from tasks.expiry import grade_keeper, keep_grades
from tasks.fan_out import fan_out
from tasks.health import show_refreshes
from tasks.incidents import announce_alerts, record_incidents
from tasks.last_incident import show_last_incident
from tasks.parameters import AtOnce, MallIdParameter, ShardSize
from tasks.remarks import record_remarks
from tasks.run_names import named_by_malls
from tasks.tokens import AT_ONCE, choose_malls, is_fleet, needed, refresh_mall, refresh_rules
from tasks.verdict import verdict

SHARDS = "refresh-tokens-shard/fan-out"


@flow(
    name="refresh-tokens",
    flow_run_name=named_by_malls,
    timeout_seconds=3600,
    persist_result=False,
)
async def refresh_tokens(  # noqa: PLR0913, PLR0917 - the form's fields
    mall_ids: Sequence[MallIdParameter] = (),
    force: bool = False,
    only_keep_warm: bool = False,
    spread: bool = True,
    shard_size: ShardSize = SHARD_SIZE,
    at_once: AtOnce = AT_ONCE,
) -> State[Any]:
    """Give every mall a new pair of tokens before its refresh token ends.

    A mall that was refreshed within the last day is left alone, a paused one too.
    The run fails when a mall failed that was well before. More than 100 malls are cut
    into shards, each a run of its own; the shard that ends last reports for all.

    Args:
        mall_ids: Which malls, by id, such as samplemall. Empty: every mall that Vault lists.
        force: Refresh even what is still fresh. It spends one call of Cafe24's 15
            in two hours for each mall.
        only_keep_warm: Only malls that are flagged to be kept warm, and only when
            their access token has less than 75 minutes left.
        spread: Of more than 100 malls, begin some now and some later, over CAFE24_SPREAD
            (6 hours). Malls that are named never wait, nor those whose refresh token ends
            within three days.
        shard_size: Malls a shard.
        at_once: Malls of a shard at a time.
    """
    malls = await choose_malls(mall_ids, only_keep_warm=only_keep_warm)
    if is_fleet(malls):
        await keep_grades(await grade_keeper())
        await announce_alerts()
        how = {"force": force, "only_keep_warm": only_keep_warm, "at_once": at_once}
        is_spread = spread and not mall_ids and not only_keep_warm
        return await fan_out(SHARDS, malls, size=shard_size, is_spread=is_spread, parameters=how)
    need = needed(force=force, only_keep_warm=only_keep_warm)
    answers = await each_mall(refresh_mall, malls, need=need)
    await show_refreshes(answers)
    record = await record_incidents(answers, refresh_rules(only_keep_warm=only_keep_warm))
    await record_remarks(answers)
    await keep_grades(await grade_keeper())
    await announce_alerts()
    if record.has_news:
        await show_last_incident()
    return verdict(answers, record)
