"""A stock refresh: every variant's stock, between two syncs.

It deletes nothing, adds no product and moves no cursor, so it may run as often as the
mall's size allows: a call for 100 products, and one for each with 100 variants or more.
"""

import asyncio

from cafe24.api.pages import read_count
from cafe24.products.counting import differing
from cafe24.products.passes import Passes
from cafe24.products.singly import read_unread_variants


async def refresh_stock(passes: Passes) -> None:
    """Read the stock of every product that is held, and write what moved.

    Products that came or went meanwhile are the next sync's; the report says so.
    """
    run, report = passes.run, passes.report
    report.source = await read_count(passes.api, passes.listing)
    reading = await passes.read_list([(0, None)], run.write_stock, expected=report.source)
    await read_unread_variants(passes.api, run, passes.meter)
    held = await asyncio.to_thread(run.holdings)
    report.stored, report.missing = held.stored, held.missing
    report.outcome = "synced" if reading.is_proven else "mismatch"
    if told := differing(report.source, held):
        report.add_reason(f"{told}, which the next sync settles")
