"""The progress bar of a long sync, on the page of its run."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.logging import get_run_logger

from blocks.prefect_api import prefect_errors
from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.products.tables.runs import SyncReport

EVERY_S = 10.0
"""Seconds between two looks: a sync that takes less has no bar."""


@contextlib.asynccontextmanager
async def shown_progress(mall: MallId, reports: Sequence[SyncReport]) -> AsyncIterator[None]:
    """Show how far these syncs are until the block ends."""
    showing = asyncio.create_task(_show(mall, reports))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.wait([showing])


async def _show(mall: MallId, reports: Sequence[SyncReport]) -> None:
    """Create the bar, then move it; a bar that cannot be shown stops no sync."""
    try:
        await asyncio.sleep(EVERY_S)
        with prefect_errors():
            bar = await acreate_progress_artifact(
                percent(reports), key=f"sync-progress-{mall}", description=_told(reports)
            )
        while True:
            await asyncio.sleep(EVERY_S)
            with prefect_errors():
                await aupdate_progress_artifact(bar, percent(reports), _told(reports))
    except CafeError as failure:
        get_run_logger().warning("The progress bar stays where it is: %s", failure)


def percent(reports: Sequence[SyncReport]) -> float:
    """Return how far all shops are together, each counting alike; at most 100."""
    shares = [_share(report) for report in reports]
    return round(100 * sum(shares) / len(shares), 1) if shares else 0.0


def _share(report: SyncReport) -> float:
    if report.finished_at is not None:
        return 1.0
    return min(1.0, report.read / report.to_read) if report.to_read else 0.0


def _told(reports: Sequence[SyncReport]) -> str:
    return "; ".join(f"shop {one.shop_no}: {one.progress}" for one in reports if one.reading)
