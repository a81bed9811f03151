"""The steps that keep tokens alive."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from anyio import CapacityLimiter, to_thread
from prefect import task

from cafe24.alerts.tables import IncidentKind
from cafe24.errors import Retryable, VaultRefused
from cafe24.fleet.fan_out import Claim
from cafe24.fleet.shards import DIRECTLY
from cafe24.fleet.turns import MOST_AT_ONCE
from cafe24.malls import MallId
from cafe24.tokens.need import FORCED, KEEP_ALIVE, KEEP_WARM, Need
from cafe24.tokens.outcome import Refresh
from cafe24.tokens.store import TokenStore
from tasks.each_mall import Answers, each_in_turn
from tasks.findings import TOKEN_KINDS, proved_app
from tasks.fleet_keeper import opened_fleet_keeper
from tasks.incidents import PASSING, Rules
from tasks.keeper import opened_keeper
from tasks.patience import PATIENTLY

AT_ONCE = 8
"""Malls of a shard that are refreshed side by side, those that wait for an answer not counted.

With more, on one machine, Vault answers late, and each late save is sealed on disk meanwhile.
"""

LOOKS_AT_ONCE = 16
"""Malls whose documents are read side by side, to see which want something."""


def needed(*, force: bool, only_keep_warm: bool) -> Need:
    """Return when a mall's refresh may be skipped."""
    if force:
        return FORCED
    return KEEP_WARM if only_keep_warm else KEEP_ALIVE


@task(name="choose malls", **PATIENTLY)
async def choose_malls(mall_ids: Sequence[str], *, only_keep_warm: bool = False) -> list[MallId]:
    """Return the malls that were named, or those that Vault lists and that want it.

    A paused mall is left alone unless it is named. Of a fleet nobody looks at each mall
    here: its shards do.
    """
    if mall_ids:
        return [MallId(mall) for mall in dict.fromkeys(mall_ids)]
    async with opened_keeper() as keeper:
        return await to_thread.run_sync(_wanting, keeper.store, only_keep_warm)


def is_fleet(malls: Sequence[MallId]) -> bool:
    """Tell whether the malls are too many for one run that shows each as a step."""
    return len(malls) > DIRECTLY


@task(name="refresh tokens", task_run_name="refresh {mall_id}", **PATIENTLY)
async def refresh_mall(mall_id: MallId, need: Need) -> Refresh:
    """Make sure that the mall's pair meets the need, with one grant at most.

    A grant that was begun is seen to its end, even when the run is cancelled.
    """
    async with opened_keeper() as keeper:
        return await to_thread.run_sync(keeper.refresh, mall_id, need)


@task(name="refresh the shard's malls")
async def refresh_malls(claim: Claim, need: Need, *, at_once: int) -> Answers[Refresh]:
    """Do for each mall of a shard what `refresh_mall` does for one."""
    threads = CapacityLimiter(MOST_AT_ONCE)
    async with opened_fleet_keeper(claim.mall_ids) as keeper:

        async def refreshed(mall: MallId) -> Refresh:
            work = partial(keeper.refresh, mall, need)
            return await to_thread.run_sync(work, limiter=threads)

        return await each_in_turn(refreshed, claim, at_once=at_once)


def refresh_rules(*, only_keep_warm: bool) -> Rules:
    """Return how answers are read; what keep-warm could not do now it does in 20 minutes."""
    return Rules(
        otherwise=IncidentKind.refresh_failed,
        cures=_cured,
        proves=proved_app,
        recovered="cafe24.token.recovered",
        passing=(Retryable,) if only_keep_warm else PASSING,
    )


def _cured(refresh: Refresh) -> frozenset[IncidentKind]:
    is_new = refresh.outcome == "refreshed" or refresh.came_home
    return TOKEN_KINDS if is_new else frozenset({IncidentKind.refresh_failed})


def _wanting(store: TokenStore, only_keep_warm: bool) -> list[MallId]:
    malls = store.malls()
    if is_fleet(malls) and not only_keep_warm:
        return malls
    with ThreadPoolExecutor(LOOKS_AT_ONCE) as threads:
        wants = threads.map(partial(_wants, store, only_keep_warm=only_keep_warm), malls)
        return [mall for mall, does in zip(malls, wants, strict=True) if does]


def _wants(store: TokenStore, mall: MallId, *, only_keep_warm: bool) -> bool:
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
