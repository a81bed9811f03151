"""Ranges of product_no, read side by side so that waiting for one answer idles nothing.

A span is the numbers after `position` up to `high`. Splitting one and reading
both halves reads each product once, whatever the order of the answers.
"""

from dataclasses import dataclass

from cafe24.api.pages import Page
from cafe24.products.tables.cursor import Positions


@dataclass(slots=True, eq=False)
class Span:
    """A range of numbers and how far it is read and written.

    Attributes:
        position: read up to here.
        high: the last number of the span; None for no end.
        written: the page that ends here is committed, and all before it.
        is_open: more may come.
    """

    position: int = 0
    high: int | None = None
    written: int = 0
    is_open: bool = True
    start: int = 0
    products: int = 0

    def take(self, page: Page) -> Page:
        """Return the part of the page that lies in the span, having moved on behind it.

        A page that reaches the end closes the span; so does one without a number that
        leads on, though that is no proof that the list ends there.
        """
        part = page if self.high is None else page.until(self.high)
        self.products += part.products
        reached_end = self.high is not None and part.last >= self.high
        self.is_open = part.last > self.position and not reached_end
        self.position = part.last
        return part

    def split(self, middle: int) -> "Span":
        """Give away the numbers above `middle`, which must lie within, as a new span."""
        upper = Span(position=middle, high=self.high, written=middle, start=middle)
        self.high = middle
        return upper

    @property
    def is_whole(self) -> bool:
        """Whether it was read up to its last number, so that nothing is left to prove."""
        return self.high is not None and self.position >= self.high

    @property
    def numbers_per_product(self) -> float:
        """How far apart the numbers read so far are."""
        return (self.position - self.start) / max(1, self.products)


def spans_from(positions: Positions) -> list[Span]:
    """Return the spans of an interrupted read; their pages up to there are committed."""
    return [
        Span(position=after, high=up_to, written=after, start=after) for after, up_to in positions
    ]


def read_before(positions: Positions) -> Positions:
    """Return what an interrupted read had read: the ranges between those still unread."""
    read: Positions = []
    done = 0
    for after, up_to in sorted(positions, key=lambda one: one[0]):
        if after > done:
            read.append((done, after))
        if up_to is None:
            return read
        done = up_to
    return [*read, (done, None)]


def positions_of(spans: list[Span]) -> Positions:
    """Return what a later run would still have to read if this one ended now."""
    return [
        (span.written, span.high) for span in spans if span.high is None or span.written < span.high
    ]
