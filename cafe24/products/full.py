"""A full read: every product of a shop, resumed where the last one was interrupted."""

import asyncio
from datetime import timedelta

from cafe24.api.pages import read_count
from cafe24.products.counting import products
from cafe24.products.deletions import mark_unlisted
from cafe24.products.passes import Passes
from cafe24.products.ranges import read_before
from cafe24.products.reading import Reading
from cafe24.products.settling import settle
from cafe24.products.tables.cursor import Unfinished

CUT_SECONDS = timedelta(seconds=2)
"""Cafe24 may cut a change's time to whole seconds."""

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

    async def read(self) -> None:
        """Read every product, and what changed meanwhile."""
        counted = await read_count(self._passes.api, self._passes.listing)
        begun = await self._begin()
        reading = await self._passes.read_list(
            begun.positions, self._run.write_listed, expected=counted, read_count=begun.read_count
        )
        await self._passes.complete_variants()
        await self._passes.read_changes(begun.since - CUT_SECONDS)
        self.is_proven = reading.is_proven or await self._is_settled(reading)
        if self.is_proven:
            await self._end(begun, reading)

    async def _is_settled(self, reading: Reading) -> bool:
        """Tell whether what is lacking came, or came back, behind the cursor; it is read then."""
        if self._resumes:  # it may also lie in the part that was read before: all is read anew
            return False
        came = await settle(self._passes, brake_share=None)
        counted = await read_count(self._passes.api, self._passes.listing)
        if reading.read_count + came >= counted:
            return True
        listed = products(reading.read_count)
        self.unproven = f"{listed} were listed where the mall counts {counted}"
        return False

    async def _begin(self) -> Unfinished:
        """Return what is to be read, having noted that it was begun."""
        unfinished = self._run.progress.unfinished if self._resumes else None
        begun = unfinished or Unfinished([(0, None)], self._passes.cafe24_time(), 0)
        await self._passes.move(
            unread=begun.positions, unread_since=begun.since, read_count=begun.read_count
        )
        return begun

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
