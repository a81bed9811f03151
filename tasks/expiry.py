"""The steps that notice early what is about to end. They hold the monitor's sign-in alone."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

from anyio import to_thread
from prefect import task
from prefect.deployments.flow_runs import arun_deployment
from sqlalchemy import Engine

from blocks.loading import load
from blocks.prefect_api import prefect_errors
from blocks.token_vault import MONITOR, TokenVault
from cafe24.malls import MallId
from cafe24.tokens.graded import GradedCredential, store_grades, stored_grades
from cafe24.tokens.grades import grade_by_sight, grade_sign_in
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


@task(name="grade every mall", **PATIENTLY)
async def grade_malls() -> list[GradedCredential]:
    """Return every mall's grade, from what the monitor may see, and the monitor's own."""
    monitor = await load(TokenVault, MONITOR)
    tokens = monitor.open()
    own = KEEPERS_OWN if monitor.is_stand_in else MONITORS_OWN
    return await to_thread.run_sync(_graded, tokens.store(), tokens.timing.lease, own)


@task(name="grade the keeper's sign-in", **PATIENTLY)
async def grade_keeper() -> list[GradedCredential]:
    """Return how long the keeper's sign-in at Vault still lives."""
    async with opened_keeper() as keeper:
        return [await to_thread.run_sync(_own_grade, keeper.store, KEEPERS_OWN)]


@task(name="keep grades and incidents", **PATIENTLY)
async def keep_grades(graded: Sequence[GradedCredential]) -> int:
    """Store the grades, open and close their incidents; return how many changed."""
    now, seen_in = datetime.now(UTC), run_url()
    async with opened_database() as engine:
        before = await to_thread.run_sync(_grades_before, engine)
        await to_thread.run_sync(record_grades, engine, graded, before, now, seen_in)
        # Last, so that a run that is cut short finds the same changes again.
        await to_thread.run_sync(store_grades, engine, graded)
    changed = [one for one in graded if one.mall_id and before.get(one.name) != one.grade.name]
    for one in changed:
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


def _graded(store: TokenStore, lease: timedelta, own: str) -> list[GradedCredential]:
    look = partial(grade_by_sight, store, lease=lease)
    try:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            malls = [one.credential for one in threads.map(look, store.malls()) if one]
        return [*malls, _own_grade(store, own)]
    finally:
        store.vault.session.sign_out()


def _own_grade(store: TokenStore, name: str) -> GradedCredential:
    session = store.vault.session
    return grade_sign_in(name, sign_in_ends_at(session), session.now())


def _grades_before(engine: Engine) -> dict[str, str]:
    return {row.name: row.grade for row in stored_grades(engine)}
