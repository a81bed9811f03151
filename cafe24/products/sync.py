"""Makes the product tables equal to one shop of a mall, and says what that came to."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

from cafe24.api.client import MallApi, Traffic
from cafe24.api.pages import Listing
from cafe24.errors import CafeError, DeletionBraked
from cafe24.products.deletions import BRAKE_SHARE
from cafe24.products.mode import WantedMode
from cafe24.products.singly import read_details
from cafe24.products.steps import SyncSteps
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.cursor import LEASE
from cafe24.products.tables.database import OpenRun, ProductDatabase
from cafe24.products.tables.runs import Outcome, SyncReport

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
) -> SyncReport:
    """Sync one shop of the mall that `api` reaches.

    Every page is committed with its cursor: what a killed sync has done, the next one
    need not do again. What a sync came to stands in sync_run, returned or raised.

    Args:
        api: the mall, signed in.
        database: where its products go.
        shop_no: the shop of a multi-shop mall.
        mode: `auto` decides by itself and says why.
        with_variants: read and keep the variants too.
        detail_calls: how many products' details to read after the list; 0 for none.
        brake_share: the share of products that may be deleted without asking a person.

    Raises:
        MallBusy: another sync of this shop runs.
        DeletionBraked: all is up to date but the deletions, which a person must look at.
        CafeError: what Cafe24, Vault or the database said; run it again.
    """
    run = await asyncio.to_thread(database.begin, Shop(api.mall_id, shop_no))
    listing = Listing(shop_no, with_variants=with_variants)
    steps = SyncSteps(api, run, listing, wanted=mode, brake_share=brake_share)
    async with _kept_alive(run), _kept_in_sync_run(steps.report, api, run):
        await steps.bring_up_to_date()
        if steps.doubt:
            steps.report.add_reason(f"{steps.doubt}, so the next run reads everything")
        steps.report.details = await read_details(api, run, calls=detail_calls)
    return steps.report


@contextlib.asynccontextmanager
async def _kept_in_sync_run(report: SyncReport, api: MallApi, run: OpenRun) -> AsyncIterator[None]:
    """Write to sync_run what the sync came to, however it ends, and release the lease."""
    began, before = time.monotonic(), api.traffic
    try:
        yield
    except BaseException as failure:
        report.outcome = _outcome(failure)
        report.add_reason(failure.message if isinstance(failure, CafeError) else "stopped")
        _fill(report, api, run, before, time.monotonic() - began)
        with contextlib.suppress(CafeError):  # the failure itself says more
            await asyncio.to_thread(run.finish, report)
        raise
    _fill(report, api, run, before, time.monotonic() - began)
    await asyncio.to_thread(run.finish, report)


def _outcome(failure: BaseException) -> Outcome:
    if isinstance(failure, DeletionBraked):
        return "braked"
    return "failed" if isinstance(failure, Exception) else "interrupted"


def _fill(report: SyncReport, api: MallApi, run: OpenRun, before: Traffic, wall_s: float) -> None:
    """Put what was counted along the way into the report; `before` it came other shops."""
    tally = run.tally
    report.new, report.changed, report.duplicates = tally.new, tally.changed, tally.duplicates
    if report.mode == "incremental":
        report.unchanged = tally.unchanged
    report.unknown_fields = dict(tally.unknown_fields)
    traffic = api.traffic.since(before)
    report.calls, report.rejected_429 = traffic.calls, traffic.rejected_429
    report.wait_s, report.wall_s = round(traffic.waited_s, 3), round(wall_s, 3)


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
