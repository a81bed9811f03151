"""How every mall stands, put together from Vault's dates and the database's runs."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from cafe24.database.engine import database_errors
from cafe24.malls import MallId
from cafe24.products.tables.catalog import Product
from cafe24.products.tables.runs import SyncRun
from cafe24.tokens.grades import Grade, GradedCredential, grade_mall
from cafe24.tokens.store import TokenStore

AT_ONCE = 8
"""Malls asked for at once: Vault answers each alone, and a thousand one by one take seconds."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What the database knows of a mall's products."""

    last_sync_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class MallOverview:
    """One mall at a glance. Times are UTC; `rows` are products, tombstones left out."""

    mall_id: MallId
    status: str
    credential: GradedCredential
    last_sync_at: datetime | None
    last_sync: str | None
    rows: int | None


def graded_malls(store: TokenStore, lease: timedelta) -> dict[MallId, tuple[str, GradedCredential]]:
    """Return each mall's status and grade, from metadata alone.

    Raises:
        VaultAway, VaultRefused: unknown.
    """
    found, malls = {}, store.malls()
    with ThreadPoolExecutor(AT_ONCE) as asking:
        for mall, seen in zip(malls, asking.map(store.mall_metadata, malls), strict=True):
            if seen is None:
                continue
            status = seen.custom.get("status", "unknown")
            found[mall] = (status, grade_mall(mall, seen, lease))
    return found


def last_syncs(engine: Engine) -> dict[str, Synced]:
    """Return each mall's last finished sync; a stock refresh is none, it proves nothing.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    newest = (
        select(func.max(SyncRun.id))
        .where(col(SyncRun.finished_at).is_not(None))
        .where(col(SyncRun.mode).is_distinct_from("stock"))
        .group_by(SyncRun.mall_id)
    )
    with database_errors(), Session(engine) as session:
        return {
            run.mall_id: Synced(run.finished_at, run.outcome)
            for run in session.exec(select(SyncRun).where(col(SyncRun.id).in_(newest)))
            if run.finished_at is not None
        }


def product_rows(engine: Engine) -> dict[str, int]:
    """Return how many products each mall has, tombstones left out.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    counted = (
        select(Product.mall_id, func.count())
        .where(col(Product.deleted_at).is_(None))
        .group_by(Product.mall_id)
    )
    with database_errors(), Session(engine) as session:
        return dict(session.exec(counted).all())


def overview(
    graded: Mapping[MallId, tuple[str, GradedCredential]],
    syncs: Mapping[str, Synced],
    rows: Mapping[str, int],
) -> list[MallOverview]:
    """Return every mall, the worst first."""
    malls = [
        MallOverview(
            mall_id=mall,
            status=status,
            credential=credential,
            last_sync_at=syncs[mall].last_sync_at if mall in syncs else None,
            last_sync=syncs[mall].outcome if mall in syncs else None,
            rows=rows.get(mall),
        )
        for mall, (status, credential) in graded.items()
    ]
    return sorted(malls, key=lambda mall: (-mall.credential.grade, mall.mall_id))


def worst(grades: list[Grade]) -> Grade:
    """Return the worst of the grades; ok when there is none."""
    return max(grades, default=Grade.ok)
