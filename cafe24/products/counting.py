"""Counts the mall and the tables: the proof that a sync missed nothing, or what it missed."""

import asyncio

from cafe24.api.client import MallApi
from cafe24.api.pages import Listing, read_count
from cafe24.products.tables.database import Holdings, OpenRun
from cafe24.products.tables.runs import SyncReport


async def count_both(  # noqa: PLR0913 - both sides, where it goes, and two that are named
    api: MallApi,
    run: OpenRun,
    listing: Listing,
    report: SyncReport,
    *,
    source: int | None = None,
    unproven: str = "",
) -> str:
    """Put both counts and what they say into the report.

    Args:
        api: the mall.
        run: the tables.
        listing: which products.
        report: where it goes.
        source: what the mall counts, where nothing was asked since.
        unproven: how the list itself fell short of the mall's count, in words.

    Returns:
        What only a full read can settle; empty when there is nothing.
    """
    if source is None:
        source = await read_count(api, listing)
    held = await asyncio.to_thread(run.holdings)
    report.source, report.stored, report.missing = source, held.stored, held.missing
    if report.mode == "full":  # some were read twice, and others before an interruption
        listed = held.stored - held.missing - held.outdated
        report.unchanged = max(0, listed - run.tally.new - run.tally.changed)
    told = unproven or differing(source, held)
    report.outcome = "mismatch" if told else "synced"
    return told or _left_to_prove(held)


def differing(source: int, held: Holdings) -> str:
    """Return how the counts differ, in words; empty when they do not."""
    if held.expected_source == source:
        return ""
    return f"the mall counts {products(source)} where {held.expected_source} are held"


def products(count: int) -> str:
    """Return such as `1 product` or `3 products`."""
    return "1 product" if count == 1 else f"{count} products"


def _left_to_prove(held: Holdings) -> str:
    if held.missing:
        were = "was" if held.missing == 1 else "were"
        return f"{products(held.missing)} {were} missing from the last full read"
    return ""
