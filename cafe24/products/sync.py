"""Makes the product tables equal to one shop of a mall, and says what that came to."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from cafe24.api.client import MallApi
from cafe24.api.pages import Listing
from cafe24.errors import CafeError
from cafe24.products.deletions import BRAKE_SHARE
from cafe24.products.meter import Meter
from cafe24.products.mode import WantedMode
from cafe24.products.passes import Passes
from cafe24.products.singly import read_details
from cafe24.products.steps import SyncSteps
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.cursor import LEASE
from cafe24.products.tables.database import OpenRun, ProductDatabase
from cafe24.products.tables.runs import SyncReport

SIGN_OF_LIFE = LEASE / 4

_log = logging.getLogger(__name__)


async def sync_mall(  # noqa: PLR0913 - what a person may choose, each named at the call
    api: MallApi,
    database: ProductDatabase,
    *,
    shop_no: int = 1,
    mode: WantedMode = "auto",
    with_variants: bool = True,
    detail_calls: int = 0,
    brake_share: float = BRAKE_SHARE,
    report: SyncReport | None = None,
) -> SyncReport:
    """Sync one shop of the mall that `api` reaches.

    Every page is committed with its cursor: what a killed sync has done, the next one
    need not do again. What a sync came to stands in sync_run and in its report, returned
    or raised.

    Args:
        api: the mall, signed in.
        database: where its products go.
        shop_no: the shop of a multi-shop mall.
        mode: `auto` decides by itself and says why.
        with_variants: read and keep the variants too.
        detail_calls: how many products' details to read after the list; 0 for none. A
            stock refresh reads none.
        brake_share: the share of products that may be deleted without asking a person.
        report: the shop's, to be filled while the sync runs; by default a new one.

    Raises:
        MallBusy: another sync of this shop runs.
        DeletionBraked: all is up to date but the deletions, which a person must look at.
        CafeError: what Cafe24, Vault or the database said; run it again.
    """
    report = report or SyncReport(api.mall_id, shop_no)
    run = await _begun(database, Shop(api.mall_id, report.shop_no), report)
    meter = Meter(api, run, report)
    listing = Listing(report.shop_no, with_variants=with_variants)
    steps = SyncSteps(Passes(api, run, listing, meter), mode, brake_share)
    async with _kept_alive(run), _kept_in_sync_run(meter, run):
        await steps.bring_up_to_date()
        if report.mode != "stock":
            await read_details(api, run, meter, calls=detail_calls)
    return report


async def _begun(database: ProductDatabase, shop: Shop, report: SyncReport) -> OpenRun:
    """Begin the shop's run; one that cannot begin has no row, so its report alone tells."""
    try:
        return await asyncio.to_thread(database.begin, shop)
    except CafeError as failure:
        report.end_with(failure)
        raise


@contextlib.asynccontextmanager
async def _kept_in_sync_run(meter: Meter, run: OpenRun) -> AsyncIterator[None]:
    """Write to sync_run what the sync came to, however it ends, and release the lease."""
    try:
        yield
    except BaseException as failure:
        meter.report.end_with(failure)
        meter.read_off()
        with contextlib.suppress(CafeError):  # the failure itself says more
            await asyncio.to_thread(run.finish, meter.report)
        raise
    meter.read_off()
    await asyncio.to_thread(run.finish, meter.report)


@contextlib.asynccontextmanager
async def _kept_alive(run: OpenRun) -> AsyncIterator[None]:
    """Renew the lease while waiting; one that is lost stops the next write, not this."""
    beating = asyncio.create_task(_beat(run))
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait([beating])


async def _beat(run: OpenRun) -> None:
    while True:
        await asyncio.sleep(SIGN_OF_LIFE.total_seconds())
        try:
            await asyncio.to_thread(run.move)
        except CafeError as failure:
            _log.warning("%s: the sync's lease was not renewed: %s", run.shop.mall_id, failure)
