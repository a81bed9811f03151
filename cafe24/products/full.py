"""A full read: every product of a shop, resumed where the last one was interrupted."""

import asyncio
import contextlib
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cafe24.api.pages import Listing, read_count
from cafe24.errors import CafeError
from cafe24.products.counting import products
from cafe24.products.deletions import mark_unlisted
from cafe24.products.passes import Passes
from cafe24.products.ranges import read_before
from cafe24.products.reading import Reading
from cafe24.products.settling import expected_numbers, settle
from cafe24.products.tables.cursor import Unfinished
from cafe24.products.together import together

CUT_SECONDS = timedelta(seconds=2)
"""Cafe24 may cut a change's time to whole seconds."""

FROM_THE_START = Unfinished([(0, None)], datetime.min.replace(tzinfo=UTC), 0)
"""A full read that has not begun: when it did is known once Cafe24 has answered."""

VARIANTS_EVERY_S = 2.0
"""How often a full read looks for lists of variants that were cut."""

READ_IN_PARTS = "a part of the last full read is from before an interruption"


class FullRead:
    """One full read. It finds what is missing, and deletes nothing.

    Args:
        passes: the sync's way to the list and the tables.
        resumes: go on with the interrupted read, then read again what that one had read.

    Attributes:
        is_proven: as many products came as the mall counts.
        unproven: how many came and how many it counts, in words, where they differ.
        is_in_parts: some of them came before an interruption only.
    """

    def __init__(self, passes: Passes, *, resumes: bool) -> None:
        self.is_proven = False
        self.is_in_parts = False
        self.unproven = ""
        self._passes = passes
        self._run = passes.run
        self._resumes = resumes
        self._begun = (resumes and passes.run.progress.unfinished) or FROM_THE_START
        self._source = self._calls = 0

    async def read(self) -> None:
        """Read every product, and what changed meanwhile."""
        passes = self._passes
        reading = passes.reading(
            self._begun.positions, expected=self._begin, read_count=self._begun.read_count
        )
        async with together() as all_three:
            pages = all_three.create_task(passes.read(reading, self._run.write_listed))
            ending = all_three.create_task(self._count_while_ending(reading))
            all_three.create_task(self._read_variants_during(pages))
        await passes.find_unread_variants(never_read_too=True)
        await passes.complete_variants()
        is_settled = False
        if reading.is_proven:
            await passes.read_changed(*ending.result())
        else:
            known = await asyncio.to_thread(expected_numbers, self._run)
            await passes.read_changed(*ending.result())
            is_settled = await self._is_settled(reading, known)
        self.is_proven = reading.is_proven or is_settled
        if self.is_proven:
            await self._end(self._begun, reading)

    @property
    def newest_count(self) -> int | None:
        """What the mall counted at the end; None when more was asked since."""
        return self._source if self._calls == self._passes.api.traffic.calls else None

    async def _is_settled(self, reading: Reading, known: set[int]) -> bool:
        """Tell whether what is lacking came, or came back, behind the cursor; it is read then.

        `known` are the products that the mall should list, before what changed was read.
        """
        if self._resumes:  # it may also lie in the part that was read before: all is read anew
            return False
        await settle(self._passes, brake_share=None)
        came = len(await asyncio.to_thread(expected_numbers, self._run) - known)
        counted = await read_count(self._passes.api, self._passes.listing)
        if reading.read_count + came >= counted:
            return True
        listed = products(reading.read_count)
        self.unproven = f"{listed} were listed where the mall counts {counted}"
        return False

    async def _begin(self) -> int:
        """Count the products and note what is to be read, before any of it is written.

        A new reading begins when that was asked, by Cafe24's clock: pages are on their way.
        """
        asked = time.monotonic()
        counted = await read_count(self._passes.api, self._passes.listing)
        if self._begun is FROM_THE_START:
            took = timedelta(seconds=int(time.monotonic() - asked))
            self._begun = replace(self._begun, since=self._passes.cafe24_time() - took)
        begun = self._begun
        await self._passes.move(
            unread=begun.positions, unread_since=begun.since, read_count=begun.read_count
        )
        self._passes.meter.begin("products", counted, begun.read_count)
        return counted

    async def _read_variants_during(self, pages: asyncio.Task[None]) -> None:
        """Read the cut lists of variants as they come: their bucket would be idle.

        What fails here is tried again behind the pages, which it need not stop.
        """
        with contextlib.suppress(CafeError):
            while not pages.done():
                await asyncio.wait([pages], timeout=VARIANTS_EVERY_S)
                if not pages.done():
                    await self._passes.complete_variants(is_shown=False)

    async def _count_while_ending(self, reading: Reading) -> tuple[Listing, int]:
        """Count what changed meanwhile, and everything, with the last pages on their way."""
        await reading.is_ending.wait()
        api = self._passes.api
        changed = self._passes.changed_since(self._begun.since - CUT_SECONDS)
        came, self._source = await asyncio.gather(
            read_count(api, changed), read_count(api, self._passes.listing)
        )
        self._calls = api.traffic.calls
        return changed, came

    async def _end(self, begun: Unfinished, reading: Reading) -> None:
        """Note that everything was read; what this run did not read itself it reads again.

        The cursor is moved in between: however often a large read is interrupted, it
        ends, and what is still to be read again is left to the next full read.
        """
        await asyncio.to_thread(mark_unlisted, self._run, reading.unproven_ends())
        await self._passes.move(
            unread=None,
            unread_since=None,
            read_count=0,
            synced_until=begun.since,
            full_at=self._run.now(),
            wants_full=READ_IN_PARTS if self._resumes else None,
        )
        if self._resumes:
            await self._read_again(begun, reading)
        if not self.is_in_parts:
            await asyncio.to_thread(self._run.release_unseen)

    async def _read_again(self, begun: Unfinished, reading: Reading) -> None:
        """Read what an earlier run had read: undated changes may have happened to it since."""
        counted = await read_count(self._passes.api, self._passes.listing)
        again = await self._passes.read_list(
            read_before(begun.positions),
            self._run.write_listed_again,
            expected=counted,
            read_count=reading.read_count - begun.read_count,
        )
        await self._passes.complete_variants()
        self.is_in_parts = not again.is_proven
        if again.is_proven:
            await asyncio.to_thread(mark_unlisted, self._run, again.unproven_ends())
