"""The steps that make the product tables equal to a mall, and show what that came to."""

from collections.abc import Sequence
from dataclasses import dataclass

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_table_artifact

from blocks.loading import load
from blocks.product_database import DEFAULT, ProductDatabase
from blocks.token_vault import KEEPER, TokenVault
from cafe24.api.client import MallApi
from cafe24.malls import MallId
from cafe24.products.shops import ShopSync, Wish, shops_of, sync_shops, weightiest_failure
from cafe24.products.tables.database import ProductDatabase as ProductTables
from cafe24.products.tables.runs import SyncReport
from cafe24.tokens.helper.client import DistantKeeper
from tasks.database import opened_database
from tasks.events import emit_for_mall
from tasks.keeper import opened_keeper
from tasks.parameters import SyncMode
from tasks.patience import PATIENTLY
from tasks.progress import shown_progress


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


@task(name="sync products", task_run_name="sync {mall_id}, {mode}", **PATIENTLY)
async def sync_mall(mall_id: MallId, mode: SyncMode) -> Synced:
    """Sync every shop of the mall, and say so; a shop's failure does not stop the others.

    Tried again, a shop that was synced costs the two calls that show nothing changed, or
    the whole read again where that was asked for.
    """
    vault = await load(TokenVault, KEEPER)
    database = await load(ProductDatabase, DEFAULT)
    async with opened_keeper(vault) as keeper, opened_database(database) as engine:
        url, shop_nos = await to_thread.run_sync(_place, keeper, mall_id)
        shops = shops_of(mall_id, shop_nos)
        wish = Wish(mode, detail_calls=database.detail_calls_per_run)
        async with (
            MallApi(mall_id, url, keeper, api_version=vault.api_version) as api,
            shown_progress(mall_id, [shop.report for shop in shops]),
        ):
            await sync_shops(api, ProductTables(engine), shops, wish)
    await _tell(mall_id, shops)
    if failure := weightiest_failure(shops):
        raise failure
    return Synced(tuple(shop.report for shop in shops))


async def _tell(mall: MallId, shops: Sequence[ShopSync]) -> None:
    """Show the reports under the mall's own key, so that they make a history."""
    reports = [shop.report for shop in shops]
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


def _place(keeper: DistantKeeper, mall: MallId) -> tuple[str, list[int]]:
    """Return where the mall's API is, and which shops it has."""
    return keeper.api_address(mall), keeper.store.mall(mall).document.shop_nos
