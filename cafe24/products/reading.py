"""Reads a whole listing: several ranges at once, writing while the next pages load.

A list that ends before its count says so is asked again; an empty answer alone is
never believed.
"""

import asyncio
from collections.abc import Callable

from cafe24.api.client import MallApi
from cafe24.api.pages import PAGE_SIZE, Listing, Page, read_count, read_page
from cafe24.errors import CafeError
from cafe24.products.ranges import Span, positions_of
from cafe24.products.tables.cursor import Positions
from cafe24.products.together import together

QUEUED_PAGES = 4
"""Pages read ahead of the database; each is about a megabyte in memory."""

WORTH_SPLITTING = 20 * PAGE_SIZE
"""A read with less than this left is not split: each split reads about a page twice."""

PROBES = 5
ASKED_AGAIN = 3

Write = Callable[[list[Page], Positions, int], None]
"""Commits pages with the cursor behind them: positions still unread, records read."""

_Queue = asyncio.Queue[tuple[Span, Page] | None]


class Reading:
    """One pass over a listing.

    Args:
        api: the mall.
        listing: which products.
        spans: the ranges to read.
        expected: how many products the mall counts there.
        read_count: how many an interrupted pass had read before.
        may_split: read large ranges from several numbers at once.

    Attributes:
        read_count: records met so far.
        is_proven: whether as many came as the mall counts.
    """

    def __init__(  # noqa: PLR0913 - three that read alike in every call, three named
        self,
        api: MallApi,
        listing: Listing,
        spans: list[Span],
        *,
        expected: int,
        read_count: int = 0,
        may_split: bool = False,
    ) -> None:
        self._api = api
        self._listing = listing
        self._spans = spans
        self._expected = expected
        self._may_split = may_split
        self._walking = 0
        self._written_count = self.read_count = read_count
        self.is_proven = False

    async def into(self, write: Write) -> None:
        """Read everything and hand it to `write`, which runs in a thread, one call at a time.

        Raises:
            CafeError: what the API or the database raised first.
        """
        for _ in range(ASKED_AGAIN):
            await self._read_open_spans(write)
            if await self._has_all():
                self.is_proven = True
                return
            for span in self._spans:
                span.is_open = not span.is_whole

    def unproven_ends(self) -> Positions:
        """Return the ranges behind the last records met: only the count proves them empty."""
        return [(span.position, span.high) for span in self._spans if not span.is_whole]

    async def _has_all(self) -> bool:
        if self.read_count < self._expected:
            self._expected = await read_count(self._api, self._listing)
        return self.read_count >= self._expected

    async def _read_open_spans(self, write: Write) -> None:
        queue: _Queue = asyncio.Queue(QUEUED_PAGES)
        async with together() as both:
            walking = both.create_task(self._walk_all(queue))
            both.create_task(self._write_from(queue, write))
        if failure := walking.result():
            raise failure

    async def _walk_all(self, queue: _Queue) -> CafeError | None:
        """Fill the queue; return what ended that early.

        It is not raised here, because that would stop the writing too: what was read
        has cost calls.
        """
        failure = None
        try:
            async with together() as walkers:

                def start(span: Span) -> None:
                    self._walking += 1
                    walkers.create_task(self._walk(span, queue, start))

                for span in self._spans:
                    if span.is_open:
                        start(span)
        except CafeError as error:
            failure = error
        await queue.put(None)
        return failure

    async def _walk(self, span: Span, queue: _Queue, start: Callable[[Span], None]) -> None:
        while span.is_open:
            page = span.take(await read_page(self._api, self._listing, span.position))
            self.read_count += page.products
            if page.is_short and self.read_count >= self._expected:
                span.is_open = False
            await queue.put((span, page))
            if self._may_split and span.is_open:
                await self._share(span, start)
        self._walking -= 1

    async def _share(self, span: Span, start: Callable[[Span], None]) -> None:
        """Give half of the span to another walker when the wire, not the bucket, is the limit."""
        if self._walking >= self._api.pace.in_flight:
            return
        middle = await self._middle(span)
        if middle is not None:
            upper = span.split(middle)
            self._spans.append(upper)
            start(upper)

    async def _middle(self, span: Span) -> int | None:
        """Return a number with enough products on both sides of it, None when there is none."""
        if span.position == span.start:
            return None  # nothing read in it tells how far apart its numbers are
        left = self._expected - self.read_count
        if span.high is not None:
            left = min(left, int((span.high - span.position) / span.numbers_per_product))
        if left < WORTH_SPLITTING:
            return None
        middle = span.position + int(left * span.numbers_per_product / 2)
        if span.high is not None:
            return middle if middle < span.high else None
        return await self._middle_of_the_open_span(span, middle)

    async def _middle_of_the_open_span(self, span: Span, guess: int) -> int | None:
        """Return `guess`, or something lower, with enough products above it.

        Where the numbers end is not known; counting what lies above a number costs
        a call, but from a bucket that nothing else here uses.
        """
        for _ in range(PROBES):
            if await read_count(self._api, self._listing, since=guess) >= WORTH_SPLITTING / 2:
                return guess
            guess = (span.position + guess) // 2
        self._may_split = False
        return None

    async def _write_from(self, queue: _Queue, write: Write) -> None:
        while batch := await _next_batch(queue):
            for span, page in batch:
                span.written = page.last
                self._written_count += page.products
            pages = [page for _, page in batch]
            await asyncio.to_thread(write, pages, positions_of(self._spans), self._written_count)


async def _next_batch(queue: _Queue) -> list[tuple[Span, Page]]:
    """Return all pages that wait, at least one; none when the read has ended."""
    batch = []
    item = await queue.get()
    while item is not None:
        batch.append(item)
        if queue.empty():
            return batch
        item = queue.get_nowait()
    if batch:
        queue.put_nowait(None)  # the end belongs to the next call
    return batch
