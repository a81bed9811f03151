"""The steps of a sync: read what changed or everything, follow up, count both sides."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cafe24.api.client import MallApi
from cafe24.api.pages import Listing, read_count
from cafe24.errors import DeletionBraked
from cafe24.products.deletions import bury_missing, mark_unlisted
from cafe24.products.mode import OVERLAP, Plan, WantedMode, changes_since, plan_sync
from cafe24.products.ranges import Span, read_before, spans_from
from cafe24.products.reading import Reading
from cafe24.products.settling import settle
from cafe24.products.singly import read_cut_variants
from cafe24.products.tables.cursor import Positions, Unfinished
from cafe24.products.tables.database import Holdings, OpenRun
from cafe24.products.tables.runs import SyncReport

CUT_SECONDS = timedelta(seconds=2)
"""Cafe24 may cut a change's time to whole seconds."""

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
        self._unproven = ""

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
        counted = await read_count(self._api, self._listing)
        begun = await self._begin_reading(plan)
        reading = self._reading(begun.positions, counted, begun.read_count)
        await reading.into(self._run.write_listed)
        await read_cut_variants(self._api, self._run)
        await self._read_window(begun.since - CUT_SECONDS)
        if plan.resumes and not reading.is_proven:
            # A product came, or came back, in the part that the interrupted read had done.
            anew = Plan("full", "then everything anew, because the count disagrees")
            await self._read_everything(self._follow(anew))
            return
        try:
            if await self._is_proven(reading):
                await self._end_reading(begun, reading, was_resumed=plan.resumes)
                self.report.deleted += await bury_missing(
                    self._api, self._run, brake_share=self._brake_share
                )
            await self._count_both()
            if self.report.outcome == "mismatch" and not self._unproven:
                await self._settle(brake_share=self._brake_share)
                await self._count_both()
        except DeletionBraked:
            await self._count_both()
            raise

    async def _is_proven(self, reading: Reading) -> bool:
        """Tell whether as many products came as the mall counts, those included that came late."""
        self._unproven = ""
        if reading.is_proven:
            return True
        found = await self._settle(brake_share=None)
        counted = await read_count(self._api, self._listing)
        if reading.read_count + found >= counted:
            return True
        self._unproven = (
            f"{reading.read_count} products were listed where the mall counts {counted}"
        )
        return False

    async def _settle(self, *, brake_share: float | None) -> int:
        """Look where the counts disagree; return how many products were there after all."""
        settled = await settle(self._api, self._listing, self._run, brake_share=brake_share)
        self.report.deleted += settled.deleted
        return settled.found

    async def _begin_reading(self, plan: Plan) -> Unfinished:
        """Return what is to be read, having noted that it was begun."""
        unfinished = self._run.progress.unfinished if plan.resumes else None
        begun = unfinished or Unfinished([(0, None)], self._cafe24_time(), 0)
        await self._move(
            unread=begun.positions, unread_since=begun.since, read_count=begun.read_count
        )
        return begun

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

    def _reading(self, positions: Positions, expected: int, read_count: int) -> Reading:
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
        listing = replace(self._listing, updated=changes_since(since, self._cafe24_time()))
        expected = await read_count(self._api, listing)
        began = self._cafe24_time()
        if expected == 0:
            return began, True
        reading = Reading(self._api, listing, [Span()], expected=expected)
        await reading.into(self._run.write_changed)
        await read_cut_variants(self._api, self._run)
        return began, reading.is_proven

    async def _count_both(self) -> None:
        """Count the mall and the tables, and note what only a full read can settle."""
        source = await read_count(self._api, self._listing)
        held = await asyncio.to_thread(self._run.holdings)
        report = self.report
        report.source, report.stored, report.missing = source, held.stored, held.missing
        if report.mode == "full":  # some were read twice, and others before an interruption
            tally, listed = self._run.tally, held.stored - held.missing - held.outdated
            report.unchanged = max(0, listed - tally.new - tally.changed)
        self.doubt = self._unproven or _disagreement(source, held)
        report.outcome = "mismatch" if self.doubt else "synced"
        self.doubt = self.doubt or _left_to_prove(held, is_in_parts=self._is_in_parts)
        await self._move(wants_full=self.doubt or None)

    async def _move(self, **cursor: Any) -> None:
        await asyncio.to_thread(self._run.move, **cursor)

    def _cafe24_time(self) -> datetime:
        """Return Cafe24's time at its last answer; before the first one, this host's."""
        return self._api.server_time or self._run.now()


def _disagreement(source: int, held: Holdings) -> str:
    """Return how the mall's count and the tables disagree; empty when they agree."""
    if held.expected_source == source:
        return ""
    return f"the mall counts {source} products where {held.expected_source} are held"


def _left_to_prove(held: Holdings, *, is_in_parts: bool) -> str:
    """Return what another full read has to prove; empty when there is nothing."""
    if held.missing:
        return f"{held.missing} products were missing from the last full read"
    return READ_IN_PARTS if is_in_parts else ""
