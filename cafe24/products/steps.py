"""The steps of a sync: read what changed or everything, follow up, count both sides."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from cafe24.api.client import MallApi
from cafe24.api.pages import Listing, read_count
from cafe24.errors import CafeError, DeletionBraked
from cafe24.products.deletions import bury_missing, mark_unlisted
from cafe24.products.mode import OVERLAP, Plan, WantedMode, changes_since, plan_sync
from cafe24.products.ranges import Span, read_before, spans_from
from cafe24.products.reading import Reading
from cafe24.products.singly import read_cut_variants
from cafe24.products.tables.cursor import Positions, Unfinished
from cafe24.products.tables.database import Holdings, OpenRun
from cafe24.products.tables.runs import SyncReport
from cafe24.products.together import together

CUT_SECONDS = timedelta(seconds=2)
"""Cafe24 may cut a change's time to whole seconds."""

FROM_THE_START = Unfinished([(0, None)], datetime.min.replace(tzinfo=UTC), 0)
"""A full read that has not begun: when it did is known once Cafe24 has answered."""

VARIANTS_EVERY_S = 2.0
"""How often a full read looks for lists of variants that were cut."""

READ_IN_PARTS = "a part of the last full read is from before an interruption"

_log = logging.getLogger(__name__)


class SyncSteps:
    """One sync on its way.

    Args:
        api: the mall.
        run: the lease and the tables.
        listing: which products.
        wanted: what was asked for.
        brake_share: the share of products that may be deleted without asking a person.

    Attributes:
        report: what it came to so far.
        doubt: what only another full read can settle; empty when there is nothing.
    """

    def __init__(
        self,
        api: MallApi,
        run: OpenRun,
        listing: Listing,
        *,
        wanted: WantedMode,
        brake_share: float,
    ) -> None:
        self.report = SyncReport(api.mall_id, listing.shop_no)
        self.doubt = ""
        self._api = api
        self._run = run
        self._listing = listing
        self._wanted = wanted
        self._brake_share = brake_share
        self._is_in_parts = False
        self._begun = FROM_THE_START
        self._source = 0
        self._newest_call = 0

    async def bring_up_to_date(self) -> None:
        """Make the tables equal to the mall, and count both sides.

        Raises:
            DeletionBraked: all is up to date but the deletions.
        """
        plan = self._follow(plan_sync(self._wanted, self._run.progress, self._run.now()))
        if plan.mode == "full" and not plan.resumes:
            await self._read_everything(plan)
            return
        if plan.resumes:
            await self._read_everything(plan)
        else:
            await self._read_changes()
        if self.doubt and self._wanted != "incremental":
            again = Plan("full", f"then everything, because {self.doubt}")
            await self._read_everything(self._follow(again))

    def _follow(self, plan: Plan) -> Plan:
        self.report.mode = plan.mode
        self.report.add_reason(plan.reason)
        _log.info("%s: %s sync: %s", self.report.mall_id, plan.mode, plan.reason)
        return plan

    async def _read_changes(self) -> None:
        """Read what changed since the last sync, note until when, and count both sides."""
        synced_until = self._run.progress.synced_until
        assert synced_until is not None  # plan_sync looked
        began, is_whole = await self._read_window(synced_until - OVERLAP)
        if is_whole:
            await self._move(synced_until=began)
        await self._count_both()

    async def _read_everything(self, plan: Plan) -> None:
        """Read every product and what changed meanwhile, bury what is gone, count both sides."""
        self._begun = (plan.resumes and self._run.progress.unfinished) or FROM_THE_START
        begin = partial(self._count_and_begin, resumes=plan.resumes)
        reading = self._reading(self._begun.positions, begin, self._begun.read_count)
        async with together() as all_three:
            listing = all_three.create_task(reading.into(self._run.write_listed))
            ending = all_three.create_task(self._count_while_ending(reading))
            all_three.create_task(self._read_variants_during(listing))
        begun = self._begun
        changed, came = ending.result()
        await read_cut_variants(self._api, self._run)
        if came:
            await self._read_changed(changed, came)
        if plan.resumes and not reading.is_proven:
            # A product came, or came back, in the part that the interrupted read had done.
            anew = Plan("full", "then everything anew, because the count disagrees")
            await self._read_everything(self._follow(anew))
            return
        try:
            if reading.is_proven:
                await self._end_reading(begun, reading, was_resumed=plan.resumes)
                self.report.deleted += await bury_missing(
                    self._api, self._run, brake_share=self._brake_share
                )
        except DeletionBraked:
            await self._count_both()
            raise
        await self._count_both()

    async def _count_and_begin(self, *, resumes: bool) -> int:
        """Count the products and note what is to be read, before any of it is written.

        A new reading begins when that was asked, by Cafe24's clock: pages are on their way.
        """
        asked = time.monotonic()
        counted = await read_count(self._api, self._listing)
        if not resumes:
            took = timedelta(seconds=int(time.monotonic() - asked))
            self._begun = replace(self._begun, since=self._cafe24_time() - took)
        begun = self._begun
        await self._move(
            unread=begun.positions, unread_since=begun.since, read_count=begun.read_count
        )
        return counted

    async def _read_variants_during(self, reading: asyncio.Task[None]) -> None:
        """Read the cut lists of variants as they come: their bucket would be idle.

        What fails here is tried again behind the reading, which it need not stop.
        """
        with contextlib.suppress(CafeError):
            while not reading.done():
                await asyncio.wait([reading], timeout=VARIANTS_EVERY_S)
                if not reading.done():
                    await read_cut_variants(self._api, self._run)

    async def _count_while_ending(self, reading: Reading) -> tuple[Listing, int]:
        """Count what changed meanwhile, and everything, with the last pages on their way."""
        await reading.is_ending.wait()
        changed = self._changed_since(self._begun.since - CUT_SECONDS)
        came, self._source = await asyncio.gather(
            read_count(self._api, changed), read_count(self._api, self._listing)
        )
        self._newest_call = self._api.traffic.calls
        return changed, came

    async def _end_reading(self, begun: Unfinished, reading: Reading, *, was_resumed: bool) -> None:
        """Note that everything was read; what this run did not read itself it reads again.

        The cursor is moved in between: however often a large read is interrupted, it
        ends, and what is still to be read again is left to the next full read.
        """
        self._is_in_parts = False
        await asyncio.to_thread(mark_unlisted, self._run, reading.unproven_ends())
        await self._move(
            unread=None,
            unread_since=None,
            read_count=0,
            synced_until=begun.since,
            full_at=self._run.now(),
            wants_full=READ_IN_PARTS if was_resumed else None,
        )
        if was_resumed:
            await self._read_again(begun, reading)
        if not self._is_in_parts:
            await asyncio.to_thread(self._run.release_unseen)

    async def _read_again(self, begun: Unfinished, reading: Reading) -> None:
        """Read what an earlier run had read: undated changes may have happened to it since."""
        counted = await read_count(self._api, self._listing)
        own = reading.read_count - begun.read_count
        again = self._reading(read_before(begun.positions), counted, own)
        await again.into(self._run.write_listed_again)
        await read_cut_variants(self._api, self._run)
        self._is_in_parts = not again.is_proven
        if again.is_proven:
            await asyncio.to_thread(mark_unlisted, self._run, again.unproven_ends())

    def _reading(
        self, positions: Positions, expected: int | Callable[[], Awaitable[int]], read_count: int
    ) -> Reading:
        return Reading(
            self._api,
            self._listing,
            spans_from(positions),
            expected=expected,
            read_count=read_count,
            may_split=True,
        )

    async def _read_window(self, since: datetime) -> tuple[datetime, bool]:
        """Read what changed after `since`.

        Returns:
            Cafe24's time when that began, and whether as many came as it counts.
        """
        changed = self._changed_since(since)
        expected = await read_count(self._api, changed)
        began = self._cafe24_time()
        return began, expected == 0 or await self._read_changed(changed, expected)

    def _changed_since(self, since: datetime) -> Listing:
        return replace(self._listing, updated=changes_since(since, self._cafe24_time()))

    async def _read_changed(self, changed: Listing, expected: int) -> bool:
        """Read a window's products; return whether as many came as it counts."""
        reading = Reading(self._api, changed, [Span()], expected=expected)
        await reading.into(self._run.write_changed)
        await read_cut_variants(self._api, self._run)
        return reading.is_proven

    async def _count_both(self) -> None:
        """Count the mall and the tables, and note what only a full read can settle."""
        if self._newest_call != self._api.traffic.calls:  # else that was this very count
            self._source = await read_count(self._api, self._listing)
        source = self._source
        held = await asyncio.to_thread(self._run.holdings)
        report = self.report
        report.source, report.stored, report.missing = source, held.stored, held.missing
        if report.mode == "full":  # some were read twice, and others before an interruption
            tally, listed = self._run.tally, held.stored - held.missing - held.outdated
            report.unchanged = max(0, listed - tally.new - tally.changed)
        report.outcome = "synced" if held.expected_source == source else "mismatch"
        self.doubt = _doubt(source, held) or (READ_IN_PARTS if self._is_in_parts else "")
        await self._move(wants_full=self.doubt or None)

    async def _move(self, **cursor: Any) -> None:
        await asyncio.to_thread(self._run.move, **cursor)

    def _cafe24_time(self) -> datetime:
        """Return Cafe24's time at its last answer; before the first one, this host's."""
        return self._api.server_time or self._run.now()


def _doubt(source: int, held: Holdings) -> str:
    """Return what only a full read can settle; empty when there is nothing."""
    if held.expected_source != source:
        return f"the mall counts {source} products where {held.expected_source} are held"
    if held.missing:
        return f"{held.missing} products were missing from the last full read"
    return ""
