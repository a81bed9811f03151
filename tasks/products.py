"""The steps that make the product tables equal to a mall, and show what that came to."""

from dataclasses import dataclass

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_table_artifact

from blocks.loading import load
from blocks.product_database import DEFAULT, ProductDatabase
from blocks.token_vault import KEEPER, TokenVault
from cafe24.api.client import MallApi
from cafe24.malls import MallId
from cafe24.products.sync import sync_mall as sync_shop
from cafe24.products.tables.database import ProductDatabase as ProductTables
from cafe24.products.tables.runs import SyncReport
from cafe24.tokens.helper.client import DistantKeeper
from tasks.database import opened_database
from tasks.events import emit_for_mall
from tasks.keeper import opened_keeper
from tasks.parameters import SyncMode
from tasks.patience import PATIENTLY


@dataclass(frozen=True, slots=True)
class Synced:
    """What a mall's sync came to: one report a shop."""

    reports: tuple[SyncReport, ...]

    @property
    def outcome(self) -> str:
        """`synced`, or what the first shop came to that is not."""
        return next((one.outcome for one in self.reports if one.outcome != "synced"), "synced")


@task(name="sync products", task_run_name="sync {mall_id}, {mode}", **PATIENTLY)
async def sync_mall(mall_id: MallId, mode: SyncMode) -> Synced:
    """Sync every shop of the mall, and say so."""
    vault = await load(TokenVault, KEEPER)
    database = await load(ProductDatabase, DEFAULT)
    async with opened_keeper(vault) as keeper, opened_database(database) as engine:
        url, shop_nos = await to_thread.run_sync(_place, keeper, mall_id)
        async with MallApi(mall_id, url, keeper, api_version=vault.api_version) as api:
            reports = [
                await sync_shop(
                    api,
                    ProductTables(engine),
                    shop_no=shop_no,
                    mode=mode,
                    detail_calls=database.detail_calls_per_run,
                )
                for shop_no in shop_nos
            ]
    await _tell(mall_id, reports)
    return Synced(tuple(reports))


async def _tell(mall: MallId, reports: list[SyncReport]) -> None:
    """Show the reports under the mall's own key, so that they make a history."""
    for one in reports:
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
    rows = [{"is": name, **_by_shop(reports, name)} for name in SHOWN]
    await acreate_table_artifact(
        key=f"sync-report-{mall}", table=rows, description=f"What the sync of {mall} came to."
    )


SHOWN = (
    "mode", "outcome", "reason", "source", "stored", "new", "changed", "unchanged", "deleted",
    "missing", "quarantined", "details", "calls", "rejected_429", "wait_s", "wall_s",
)  # fmt: skip
"""What the table shows of a report, from above."""


def _by_shop(reports: list[SyncReport], name: str) -> dict[str, str | float]:
    return {f"shop {one.shop_no}": getattr(one, name) for one in reports}


def _place(keeper: DistantKeeper, mall: MallId) -> tuple[str, list[int]]:
    """Return where the mall's API is, and which shops it has."""
    return keeper.api_address(mall), keeper.store.mall(mall).document.shop_nos
