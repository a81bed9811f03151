"""Keeps the product tables equal to the malls."""

from collections.abc import Sequence
from typing import Any

from prefect import State, flow

from cafe24.alerts.tables import IncidentKind
from tasks.each_mall import each_mall
from tasks.findings import SYNC_KINDS
from tasks.incidents import Rules, announce_alerts, record_incidents
from tasks.last_incident import show_last_incident
from tasks.leftovers import record_leftovers
from tasks.parameters import MallIdParameter, SyncMode
from tasks.products import Synced, sync_mall
from tasks.quality import show_quality
from tasks.run_names import named_by_malls
from tasks.tokens import choose_malls
from tasks.verdict import verdict


@flow(
    name="sync-products",
    flow_run_name=named_by_malls,
    timeout_seconds=6 * 3600,
    persist_result=False,
)
async def sync_products(
    mall_ids: Sequence[MallIdParameter] = (),
    mode: SyncMode = "auto",
) -> State[Any]:
    """Bring the malls' products into the database, and prove it by counting.

    It goes on where an interrupted run stopped; running it twice changes nothing.
    The run fails when a mall failed that was well before. A stock refresh proves
    nothing by counting, so no incident ends with it.

    Args:
        mall_ids: Which malls, by id, such as samplemall. Empty: every mall that Vault lists.
        mode: auto decides by itself and says why; incremental reads what changed; full
            reads everything, and finds deletions; stock reads every variant's stock and
            nothing else, a call for 100 products.
    """
    malls = await choose_malls(mall_ids)
    answers = await each_mall(sync_mall, malls, mode=mode)
    record = await record_incidents(answers, RULES)
    await record_leftovers(answers)
    await announce_alerts()
    await show_quality(answers)
    if record.has_news:
        await show_last_incident()
    return verdict(answers, record)


def _cured(synced: Synced) -> frozenset[IncidentKind]:
    return SYNC_KINDS if synced.is_proved else frozenset()


RULES = Rules(
    otherwise=IncidentKind.sync_failed, cures=_cured, failed="cafe24.products.sync_failed"
)
