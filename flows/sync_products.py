"""Keeps the product tables equal to the malls."""

from collections.abc import Sequence
from typing import Any

from prefect import State, flow

from cafe24.fleet.shards import SHARD_SIZE
from tasks.each_mall import each_mall
from tasks.fan_out import fan_out
from tasks.incidents import announce_alerts, record_incidents
from tasks.last_incident import show_last_incident
from tasks.leftovers import record_leftovers
from tasks.parameters import AtOnce, MallIdParameter, ShardSize, SyncMode
from tasks.products import AT_ONCE, SYNC_RULES, sync_mall
from tasks.quality import show_quality
from tasks.run_names import named_by_malls
from tasks.tokens import choose_malls, is_fleet
from tasks.verdict import verdict

SHARDS = "sync-products-shard/fan-out"


@flow(
    name="sync-products",
    flow_run_name=named_by_malls,
    timeout_seconds=6 * 3600,
    persist_result=False,
)
async def sync_products(
    mall_ids: Sequence[MallIdParameter] = (),
    mode: SyncMode = "auto",
    spread: bool = True,
    shard_size: ShardSize = SHARD_SIZE,
    at_once: AtOnce = AT_ONCE,
) -> State[Any]:
    """Bring the malls' products into the database, and prove it by counting.

    It goes on where an interrupted run stopped; running it twice changes nothing.
    The run fails when a mall failed that was well before. A stock refresh proves
    nothing by counting, so no incident ends with it. More than 100 malls are cut into
    shards, each a run of its own; the shard that ends last reports for all.

    Args:
        mall_ids: Which malls, by id, such as samplemall. Empty: every mall that Vault lists.
        mode: auto decides by itself and says why; incremental reads what changed; full
            reads everything, and finds deletions; stock reads every variant's stock and
            nothing else, a call for 100 products.
        spread: Of more than 100 malls, begin some now and some later, over CAFE24_SPREAD
            (6 hours). Malls that are named never wait.
        shard_size: Malls a shard.
        at_once: Malls of a shard at a time.
    """
    malls = await choose_malls(mall_ids)
    if is_fleet(malls):
        how = {"mode": mode, "at_once": at_once}
        is_spread = spread and not mall_ids
        return await fan_out(SHARDS, malls, size=shard_size, is_spread=is_spread, parameters=how)
    answers = await each_mall(sync_mall, malls, mode=mode)
    record = await record_incidents(answers, SYNC_RULES)
    await record_leftovers(answers)
    await announce_alerts()
    await show_quality(answers)
    if record.has_news:
        await show_last_incident()
    return verdict(answers, record)
