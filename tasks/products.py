"""The steps that make the product tables equal to a mall, and show what that came to."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_table_artifact

from blocks.loading import load
from blocks.product_database import DEFAULT, ProductDatabase
from blocks.token_vault import KEEPER, TokenVault
from cafe24.alerts.tables import IncidentKind
from cafe24.api.client import MallApi
from cafe24.fleet.fan_out import Claim
from cafe24.malls import MallId
from cafe24.products.shops import ShopSync, Wish, shops_of, sync_shops, weightiest_failure
from cafe24.products.tables.database import ProductDatabase as ProductTables
from cafe24.products.tables.runs import SyncReport
from cafe24.tokens.document import MallDocument
from cafe24.tokens.helper.client import DistantKeeper
from cafe24.tokens.refusal import paused
from tasks.database import opened_database
from tasks.each_mall import Answers, each_in_turn
from tasks.events import emit_for_mall
from tasks.findings import SYNC_KINDS
from tasks.fleet_keeper import opened_fleet_keeper
from tasks.incidents import Rules
from tasks.keeper import opened_keeper
from tasks.parameters import SyncMode
from tasks.patience import PATIENTLY
from tasks.progress import shown_progress

AT_ONCE = 32
"""Malls of a shard that are synced side by side."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a mall's sync came to: one report a shop."""

    reports: tuple[SyncReport, ...]

    @property
    def outcome(self) -> str:
        """`synced`, or what a person should look at in the first shop that has something."""
        return next((f"synced, but {one.trouble}" for one in self.reports if one.trouble), "synced")

    @property
    def is_proved(self) -> bool:
        """Whether every shop was synced, and counted; a stock refresh is no such proof."""
        return all(one.outcome == "synced" and one.mode != "stock" for one in self.reports)


LentKeeper = Callable[[TokenVault], AbstractAsyncContextManager[DistantKeeper]]


@dataclass(frozen=True, slots=True)
class Workbench:
    """What every mall's sync works with."""

    keeper: DistantKeeper
    tables: ProductTables
    api_version: str | None
    wish: Wish


@task(name="sync products", task_run_name="sync {mall_id}, {mode}", **PATIENTLY)
async def sync_mall(mall_id: MallId, mode: SyncMode) -> Synced:
    """Sync every shop of the mall, and say so; a shop's failure does not stop the others.

    Tried again, a shop that was synced costs the two calls that show nothing changed, or
    the whole read again where that was asked for.
    """
    async with _opened_workbench(mode, opened_keeper) as bench:
        document = (await to_thread.run_sync(bench.keeper.store.mall, mall_id)).document
        shops = shops_of(mall_id, document.shop_nos)
        async with shown_progress(mall_id, [shop.report for shop in shops]):
            await _sync(bench, document, shops)
    _tell(mall_id, shops)
    await _show(mall_id, [shop.report for shop in shops])
    return _synced(shops)


@task(name="sync the shard's malls")
async def sync_malls(claim: Claim, mode: SyncMode, *, at_once: int) -> Answers[Synced]:
    """Do for each mall of a shard what `sync_mall` does for one, but show none of them.

    A paused mall is left alone: nobody named it.
    """
    lent = partial(opened_fleet_keeper, claim.mall_ids)
    async with _opened_workbench(mode, lent) as bench:

        async def synced(mall: MallId) -> Synced:
            document = (await to_thread.run_sync(bench.keeper.store.mall, mall)).document
            if document.status == "paused":
                raise paused(mall)
            shops = shops_of(mall, document.shop_nos)
            await _sync(bench, document, shops)
            return _synced(shops)

        return await each_in_turn(synced, claim, at_once=at_once)


@contextlib.asynccontextmanager
async def _opened_workbench(mode: SyncMode, lent: LentKeeper) -> AsyncIterator[Workbench]:
    vault = await load(TokenVault, KEEPER)
    database = await load(ProductDatabase, DEFAULT)
    async with lent(vault) as keeper, opened_database(database) as engine:
        wish = Wish(mode, detail_calls=database.detail_calls_per_run)
        yield Workbench(keeper, ProductTables(engine), vault.api_version, wish)


async def _sync(bench: Workbench, document: MallDocument, shops: Sequence[ShopSync]) -> None:
    """Sync the mall's shops."""
    mall = MallId(document.mall_id)
    url = await to_thread.run_sync(bench.keeper.api_address_of, document)
    async with MallApi(mall, url, bench.keeper, api_version=bench.api_version) as api:
        await sync_shops(api, bench.tables, shops, bench.wish)


def _tell(mall: MallId, shops: Sequence[ShopSync]) -> None:
    """Say of each shop that was synced that it was."""
    for one in (shop.report for shop in shops if shop.failure is None):
        emit_for_mall(
            "cafe24.products.synced",
            mall,
            shop_no=one.shop_no,
            mode=one.mode,
            outcome=one.outcome,
            stored=one.stored,
            new=one.new,
            changed=one.changed,
            deleted=one.deleted,
        )


def _synced(shops: Sequence[ShopSync]) -> Synced:
    """Return what the shops came to; raise the failure that speaks for the mall."""
    if failure := weightiest_failure(shops):
        raise failure
    return Synced(tuple(shop.report for shop in shops))


async def _show(mall: MallId, reports: list[SyncReport]) -> None:
    """Show the reports under the mall's own key, so that they make a history."""
    rows = [{"is": name, **_by_shop(reports, name)} for name in SHOWN]
    await acreate_table_artifact(
        key=f"sync-report-{mall}", table=rows, description=f"What the sync of {mall} came to."
    )


SHOWN = (
    "mode", "outcome", "reason", "source", "stored", "new", "changed", "unchanged", "deleted",
    "missing", "quarantined", "details", "calls", "rejected_429", "wait_s", "wall_s",
)  # fmt: skip
"""What the table shows of a report, from above."""


def _by_shop(reports: list[SyncReport], name: str) -> dict[str, str | float | None]:
    return {f"shop {one.shop_no}": getattr(one, name) for one in reports}


def _cured(synced: Synced) -> frozenset[IncidentKind]:
    return SYNC_KINDS if synced.is_proved else frozenset()


SYNC_RULES = Rules(
    otherwise=IncidentKind.sync_failed, cures=_cured, failed="cafe24.products.sync_failed"
)
