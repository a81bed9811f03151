"""Reads a whole listing: several ranges at once, writing while the next pages load.

A list that ends before its count says so is asked again; an empty answer alone is
never believed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from cafe24.api.client import MallApi
from cafe24.api.pages import LIST, PAGE_SIZE, Listing, Page, read_count, read_page
from cafe24.errors import CafeError
from cafe24.products.ranges import Span, positions_of
from cafe24.products.splitting import (
    CountIgnoresNumbersError,
    counted_above,
    exact_split,
    guessed_middles,
)
from cafe24.products.tables.cursor import Positions
from cafe24.products.together import together

QUEUED_PAGES = 4
"""Pages read ahead of the database; each is about a megabyte in memory."""

WORTH_SPLITTING = 20 * PAGE_SIZE
"""A range with less than this left is not split: finding where costs a few counts."""

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
        expected: how many products the mall counts there, or what counts them while
            the first page is on its way. Nothing is written before that has ended.
        read_count: how many an interrupted pass had read before.
        may_split: read large ranges from several numbers at once.

    Attributes:
        read_count: records met so far.
        is_proven: whether as many came as the mall counts.
        is_ending: set once the last pages are on their way, as far as is known.
    """

    def __init__(  # noqa: PLR0913 - three that read alike in every call, three named
        self,
        api: MallApi,
        listing: Listing,
        spans: list[Span],
        *,
        expected: int | Callable[[], Awaitable[int]],
        read_count: int = 0,
        may_split: bool = False,
    ) -> None:
        self._api = api
        self._listing = listing
        self._spans = spans
        self._count_expected = expected
        self._expected = expected if isinstance(expected, int) else 0
        self._may_split = may_split
        self._is_splitting = False
        self._written_count = self.read_count = read_count
        self.is_proven = False
        self.is_ending = asyncio.Event()
        self._news = asyncio.Event()

    async def into(self, write: Write) -> None:
        """Read everything and hand it to `write`, which runs in a thread, one call at a time.

        Raises:
            CafeError: what the API or the database raised first.
        """
        for _ in range(ASKED_AGAIN):
            await self._read_open_spans(write)
            if await self._has_all():
                self.is_proven = True
                break
            for span in self._spans:
                span.is_open = not span.is_whole
        self.is_ending.set()

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
            asking = both.create_task(self._ask_all(queue))
            both.create_task(self._write_from(queue, write))
        if failure := asking.result():
            raise failure

    async def _ask_all(self, queue: _Queue) -> CafeError | None:
        """Fill the queue; return what ended that early.

        It is not raised here, because that would stop the writing too: what was read
        has cost calls.
        """
        failure = None
        try:
            async with together() as calls:
                counting = calls.create_task(self._count())
                while any(span.is_open for span in self._spans):
                    await self._ask_next(calls, queue, counting)
        except CafeError as error:
            failure = error
        await queue.put(None)
        return failure

    async def _ask_next(
        self, calls: asyncio.TaskGroup, queue: _Queue, counting: asyncio.Task[None]
    ) -> None:
        """Ask for the page whose turn it is, or wait for news when none is to be asked."""
        if self._next_span() is None:
            self._news.clear()
            await self._news.wait()
            return
        await self._api.pace.ready(LIST)
        span = self._next_span()
        if span is None:  # answers come faster than they did
            return
        span.is_asked = True
        calls.create_task(self._ask(span, queue, counting))
        if self._may_split and not self._is_splitting and counting.done():
            self._is_splitting = True
            calls.create_task(self._split())
        await asyncio.sleep(0)  # it takes its turn

    def _next_span(self) -> Span | None:
        """Return where most is left to be read; None when enough is on its way.

        So all ranges end at about the same time, and no wire is idle at the end.
        """
        spans = [span for span in self._spans if span.is_open]
        idle = [span for span in spans if not span.is_asked]
        if len(spans) - len(idle) >= self._api.pace.in_flight:
            return None
        return max(idle, key=self._left, default=None)

    async def _count(self) -> None:
        if not isinstance(self._count_expected, int):
            self._expected = self._count_expected = await self._count_expected()
        if len(self._spans) == 1 and self._spans[0].counted is None:
            only = self._spans[0]
            only.counted = max(0, self._expected - self.read_count + only.products)
            self._note_ending()

    async def _ask(self, span: Span, queue: _Queue, counting: asyncio.Task[None]) -> None:
        """Read the next page of the span.

        A page that should be the last one and full does not show that nothing comes
        after it, so that is counted meanwhile: an empty page costs more.
        """
        if is_last := span.left == PAGE_SIZE:
            async with together() as both:
                reading = both.create_task(read_page(self._api, self._listing, span.position))
                behind = both.create_task(self._counted_between(span.position, span.high))
                self._note_ending()
            page, span.counted = reading.result(), span.products + behind.result()
        else:
            self._note_ending()
            page = await read_page(self._api, self._listing, span.position)
        page = span.take(page)
        self.read_count += page.products
        await asyncio.wait([counting])
        await queue.put((span, page))
        is_all = span.left == 0 if is_last else page.is_short and self._is_enough
        if span.is_open and is_all:
            if span.high is None:
                span.is_open = False
            else:
                await queue.put((span, span.end()))
        span.is_asked = False
        self._news.set()

    @property
    def _is_enough(self) -> bool:
        return self.read_count >= self._expected

    def _note_ending(self) -> None:
        if all(
            span.is_asked and span.left is not None and span.left <= PAGE_SIZE
            for span in self._spans
            if span.is_open
        ):
            self.is_ending.set()

    async def _counted_between(self, after: int, up_to: int | None) -> int:
        counted = read_count(self._api, self._listing, since=after)
        if up_to is None:
            return await counted
        below, above = await asyncio.gather(
            counted, read_count(self._api, self._listing, since=up_to)
        )
        return max(0, below - above)

    async def _split(self) -> None:
        """Split the range with most left as long as the latency calls for more."""
        while (span := self._splittable()) is not None:
            try:
                has_split = await self._has_split(span)
            except CountIgnoresNumbersError:
                has_split = self._may_split = False
                for one in self._spans:
                    one.counted = None
            if not has_split:
                break
        self._is_splitting = False

    def _splittable(self) -> Span | None:
        """Return the range to split next, None when there are enough or none is worth it.

        One more than calls at once, so that there is a choice of where to go on.
        """
        spans = [span for span in self._spans if span.is_open]
        if not self._may_split or len(spans) > self._api.pace.in_flight:
            return None
        widest = max(spans, key=self._left, default=None)
        return widest if widest and self._left(widest) >= WORTH_SPLITTING else None

    async def _has_split(self, span: Span) -> bool:
        """Split the span, and have the new one read at once.

        While the bucket runs dry for want of calls, every wait costs pages: then it is
        split where its last page suggests, which costs one page at most.
        """
        if span.spacing is None:
            return False  # after its first page this comes back
        missing = self._api.pace.in_flight - 1 - sum(one.is_open for one in self._spans)
        if missing > 0:
            return await self._has_split_by_guess(span, missing)
        if span.counted is None:
            met, counted = span.products, self._counted_between(span.position, span.high)
            span.counted = met + await counted
        split = await exact_split(self._api, self._listing, span)
        if split is None or not span.is_open or split.middle <= span.position:
            return False
        self._split_at(span, split.middle, split.counted)
        return True

    async def _has_split_by_guess(self, span: Span, missing: int) -> bool:
        middles = guessed_middles(span, self._left(span), missing + 1)
        whole = replace(span)
        uppers = [self._split_at(span, middle, None) for middle in middles]
        above = await counted_above(self._api, self._listing, whole, middles)
        for upper, split in zip(uppers, above, strict=True):
            span.share(upper, max(0, split.counted + whole.above - span.above))
        return bool(uppers)

    def _split_at(self, span: Span, middle: int, counted: int | None) -> Span:
        upper = span.split(middle, counted)
        self._spans.append(upper)
        self._news.set()
        return upper

    def _left(self, span: Span) -> int:
        """Return how many products are still to be met in the span, as far as is known."""
        if span.left is not None:
            return span.left
        spans = [one for one in self._spans if one.is_open]
        known = sum(one.left or 0 for one in spans)
        unknown = sum(one.left is None for one in spans)
        return max(0, self._expected - self.read_count - known) // max(1, unknown)

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
