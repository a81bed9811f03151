"""The steps that notice early what is about to end. They hold the monitor's sign-in alone."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

from anyio import CancelScope, to_thread
from prefect import task
from prefect.deployments.flow_runs import arun_deployment
from sqlalchemy import Engine

from blocks.loading import load
from blocks.prefect_api import prefect_errors
from blocks.token_vault import MONITOR, TokenVault
from cafe24.fleet.fan_out import Ended
from cafe24.malls import MallId
from cafe24.tokens.graded import Grade, GradedCredential, store_grades, stored_grades
from cafe24.tokens.grades import Sight, grade_by_sight, grade_sign_in
from cafe24.tokens.store import TokenStore
from cafe24.vault.expiry import sign_in_ends_at
from tasks.database import opened_database
from tasks.events import emit_for_mall
from tasks.grade_incidents import record_grades
from tasks.keeper import opened_keeper
from tasks.links import run_url
from tasks.patience import PATIENTLY

AT_ONCE = 8
REFRESH = "refresh-tokens/weekly"
KEEPERS_OWN, MONITORS_OWN = "vault:keeper", "vault:monitor"


@task(name="list malls", **PATIENTLY)
async def list_malls() -> list[MallId]:
    """Return the malls that Vault lists to the monitor."""
    async with _opened_monitor() as (_, store):
        return await to_thread.run_sync(store.malls)


@task(name="grade every mall", **PATIENTLY)
async def grade_malls(malls: Sequence[MallId]) -> list[GradedCredential]:
    """Return the malls' grades, from what the monitor may see; a removed one has none."""
    async with _opened_monitor() as (monitor, store):
        look = partial(grade_by_sight, store, lease=timedelta(seconds=monitor.lease_s))
        return await to_thread.run_sync(_graded, look, malls)


@task(name="grade the monitor's sign-in", **PATIENTLY)
async def grade_monitor() -> list[GradedCredential]:
    """Return how long the monitor's sign-in at Vault still lives."""
    async with _opened_monitor() as (monitor, store):
        own = KEEPERS_OWN if monitor.is_stand_in else MONITORS_OWN
        return [await to_thread.run_sync(_own_grade, store, own)]


@task(name="grade the keeper's sign-in", **PATIENTLY)
async def grade_keeper() -> list[GradedCredential]:
    """Return how long the keeper's sign-in at Vault still lives."""
    async with opened_keeper() as keeper:
        return [await to_thread.run_sync(_own_grade, keeper.store, KEEPERS_OWN)]


@task(name="keep grades and incidents", **PATIENTLY)
async def keep_grades(graded: Sequence[GradedCredential], *, of_a_fleet: bool = False) -> int:
    """Store the grades, open and close their incidents; return how many changed.

    Of a fleet, good ones that are seen for the first time are no event each.
    """
    now, seen_in = datetime.now(UTC), run_url()
    async with opened_database() as engine:
        before = await to_thread.run_sync(_grades_before, engine)
        await to_thread.run_sync(record_grades, engine, graded, before, now, seen_in)
        # Last, so that a run that is cut short finds the same changes again.
        await to_thread.run_sync(store_grades, engine, graded)
    changed = [one for one in graded if one.mall_id and before.get(one.name) != one.grade.name]
    for one in changed:
        if of_a_fleet and one.grade is Grade.ok and one.name not in before:
            continue
        emit_for_mall(
            "cafe24.credential.graded",
            MallId(one.mall_id or ""),
            grade=one.grade.name,
            before=before.get(one.name),
            days_left=one.days_left,
        )
    return len(changed)


@task(name="start refreshes", **PATIENTLY)
async def start_refreshes(malls: Collection[MallId]) -> None:
    """Start one refresh run for the malls whose planned one is overdue or unfinished.

    It is not forced: a pair that somebody refreshed meanwhile is left alone, and
    copies that stayed behind are mended without spending a token.
    """
    if not malls:
        return
    with prefect_errors():
        await arun_deployment(
            REFRESH, parameters={"mall_ids": list(malls)}, timeout=0, as_subflow=False
        )


def graded_as(graded: Sequence[GradedCredential]) -> Ended:
    """Return what a shard's check came to: malls by grade. What is wrong has its incident."""
    return Ended(Counter(one.grade.name for one in graded))


@contextlib.asynccontextmanager
async def _opened_monitor() -> AsyncIterator[tuple[TokenVault, TokenStore]]:
    """Lend the monitor's block and its store, and sign out behind it."""
    monitor = await load(TokenVault, MONITOR)
    store = monitor.open().store()
    try:
        yield monitor, store
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(store.vault.session.sign_out)


def _graded(
    look: Callable[[MallId], Sight | None], malls: Sequence[MallId]
) -> list[GradedCredential]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [one.credential for one in threads.map(look, malls) if one]


def _own_grade(store: TokenStore, name: str) -> GradedCredential:
    session = store.vault.session
    return grade_sign_in(name, sign_in_ends_at(session), session.now())


def _grades_before(engine: Engine) -> dict[str, str]:
    return {row.name: row.grade for row in stored_grades(engine)}
