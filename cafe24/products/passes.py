"""The passes over a mall's list that every sync is made of."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from cafe24.api.client import MallApi
from cafe24.api.pages import Listing, Page, read_count
from cafe24.products.deletions import bury
from cafe24.products.meter import Meter
from cafe24.products.mode import HOST_AHEAD, changes_since
from cafe24.products.ranges import Span, spans_from
from cafe24.products.reading import Reading, Write
from cafe24.products.singly import find_unread_variants, read_unread_variants
from cafe24.products.tables.cursor import Positions
from cafe24.products.tables.database import OpenRun
from cafe24.products.tables.runs import SyncReport


@dataclass(frozen=True, slots=True)
class Passes:
    """One sync's way to the list and into the tables.

    Attributes:
        api: the mall.
        run: the lease and the tables.
        listing: which products.
        meter: keeps the report up to date while a pass runs.
    """

    api: MallApi
    run: OpenRun
    listing: Listing
    meter: Meter

    @property
    def report(self) -> SyncReport:
        """What the sync came to so far."""
        return self.meter.report

    async def read_list(
        self, positions: Positions, write: Write, *, expected: int, read_count: int = 0
    ) -> Reading:
        """Read these ranges of the whole list and hand them to `write`.

        Args:
            positions: the ranges.
            write: a method of the run's.
            expected: how many products the mall counts, those read before among them.
            read_count: how many were read before.
        """
        reading = self.reading(positions, expected=expected, read_count=read_count)
        self.meter.begin("products", expected, read_count)
        await self.read(reading, write)
        return reading

    def reading(
        self,
        positions: Positions,
        *,
        expected: int | Callable[[], Awaitable[int]],
        read_count: int = 0,
    ) -> Reading:
        """Return a pass over these ranges of the whole list that has not begun."""
        return Reading(
            self.api,
            self.listing,
            spans_from(positions),
            expected=expected,
            read_count=read_count,
            may_split=True,
        )

    async def read(self, reading: Reading, write: Write) -> None:
        """Carry a pass out, and show how far it came."""
        await reading.into(self._watched(write))

    async def read_changes(self, since: datetime) -> tuple[datetime, bool]:
        """Read what changed after `since`.

        Returns:
            Cafe24's time when that began, and whether as many came as it counts.
        """
        listing = self.changed_since(since)
        expected = await read_count(self.api, listing)
        began = self.cafe24_time()
        return began, await self.read_changed(listing, expected)

    def changed_since(self, since: datetime) -> Listing:
        """Return the listing of what changed after `since`."""
        return replace(self.listing, updated=changes_since(since, self.cafe24_time()))

    async def read_changed(self, listing: Listing, expected: int) -> bool:
        """Read what changed; return whether as many came as the mall counts."""
        is_proven = True
        if expected:
            self.meter.begin("changed products", expected)
            reading = Reading(self.api, listing, [Span()], expected=expected)
            await self.read(reading, self.run.write_changed)
            is_proven = reading.is_proven
        await self.complete_variants()
        return is_proven

    async def find_unread_variants(self, *, never_read_too: bool = False) -> None:
        """Note whose variants an earlier run left unread; see `singly.find_unread_variants`."""
        if self.listing.with_variants:
            find = partial(find_unread_variants, self.run, never_read_too=never_read_too)
            await asyncio.to_thread(find)

    async def complete_variants(self, *, is_shown: bool = True) -> None:
        """Read the variants that the list cut or lost; bury products that are gone meanwhile."""
        gone = await read_unread_variants(self.api, self.run, self.meter if is_shown else None)
        await asyncio.to_thread(bury, self.run, gone)

    async def move(self, **cursor: Any) -> None:
        """Move the shop's cursor."""
        await asyncio.to_thread(self.run.move, **cursor)

    def cafe24_time(self) -> datetime:
        """Return Cafe24's time at its last answer.

        Where no answer bore one, a time that is surely not ahead of it: what changed in
        between is then read twice, not never.
        """
        return self.api.server_time or self.run.now() - HOST_AHEAD

    def _watched(self, write: Write) -> Write:
        """Return `write`, followed by a look at how far it came."""

        def written(pages: list[Page], unread: Positions, read_count: int) -> None:
            write(pages, unread, read_count)
            self.meter.reached(read_count)

        return written
