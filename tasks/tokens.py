"""The steps that keep tokens alive."""

from collections.abc import Sequence

from anyio import to_thread
from prefect import task

from cafe24.errors import VaultRefused
from cafe24.malls import MallId
from cafe24.tokens.need import FORCED, KEEP_ALIVE, KEEP_WARM, Need
from cafe24.tokens.outcome import Refresh
from cafe24.tokens.store import TokenStore
from tasks.keeper import opened_keeper
from tasks.patience import PATIENTLY


def needed(*, force: bool, only_keep_warm: bool) -> Need:
    """Return when a mall's refresh may be skipped."""
    if force:
        return FORCED
    return KEEP_WARM if only_keep_warm else KEEP_ALIVE


@task(name="choose malls", **PATIENTLY)
async def choose_malls(mall_ids: Sequence[str], *, only_keep_warm: bool = False) -> list[MallId]:
    """Return the malls that were named, or those that Vault lists and that want it.

    A paused mall is left alone unless it is named.
    """
    if mall_ids:
        return [MallId(mall) for mall in dict.fromkeys(mall_ids)]
    async with opened_keeper() as keeper:
        return await to_thread.run_sync(_wanting, keeper.store, only_keep_warm)


@task(name="refresh tokens", task_run_name="refresh {mall_id}", **PATIENTLY)
async def refresh_mall(mall_id: MallId, need: Need) -> Refresh:
    """Make sure that the mall's pair meets the need, with one grant at most.

    A grant that was begun is seen to its end, even when the run is cancelled.
    """
    async with opened_keeper() as keeper:
        return await to_thread.run_sync(keeper.refresh, mall_id, need)


def _wanting(store: TokenStore, only_keep_warm: bool) -> list[MallId]:
    return [mall for mall in store.malls() if _wants(store, mall, only_keep_warm)]


def _wants(store: TokenStore, mall: MallId, only_keep_warm: bool) -> bool:
    """Tell whether the mall wants to be refreshed; a damaged one does, so that it is reported."""
    try:
        stored = store.read_mall(mall)
    except VaultRefused:
        return True
    if stored is None:
        return False
    pair = stored.document
    if only_keep_warm:
        # A dead one has its incident already; the weekly run tells of it again.
        return pair.keep_warm and pair.status not in {"paused", "reauthorize"}
    return pair.status != "paused"
