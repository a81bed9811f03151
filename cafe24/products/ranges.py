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
        is_asked: a page of it is on its way.
        products: how many were met in it.
        counted: how many the mall counts in it; None as long as nobody asked.
        above: how many the mall counts beyond its end.
        spacing: how far apart the numbers of its last page were; None before the first.
    """

    position: int = 0
    high: int | None = None
    written: int = 0
    is_open: bool = True
    is_asked: bool = False
    products: int = 0
    counted: int | None = None
    above: int = 0
    spacing: float | None = None

    def take(self, page: Page) -> Page:
        """Return the part of the page that lies in the span, having moved on behind it.

        A page that reaches the end closes the span; so does one without a number that
        leads on, though that is no proof that the list ends there.
        """
        self.spacing = page.spacing or self.spacing
        part = page if self.high is None else page.until(self.high)
        self.products += part.products
        leads_on = part.last > self.position
        self.position = part.last
        self.is_open = leads_on and not self.is_whole
        return part

    def split(self, middle: int, counted: int | None) -> "Span":
        """Give away the numbers above `middle`, which must lie within, as a new span."""
        upper = Span(position=middle, high=self.high, written=middle, above=self.above)
        self.high = middle
        if counted is not None:
            self.share(upper, counted)
        return upper

    def share(self, upper: "Span", counted: int) -> None:
        """Learn how many products the span that was split off holds."""
        upper.counted, upper.above = counted, self.above
        self.above += counted
        if self.counted is not None:
            self.counted = max(0, self.counted - counted)

    def end(self) -> Page:
        """Return the empty page behind the last product, having moved on to the end."""
        assert self.high is not None
        page = Page(self.position, self.high, [], is_short=True)
        self.position, self.is_open = self.high, False
        return page

    @property
    def is_whole(self) -> bool:
        """Whether it was read up to its last number, so that nothing is left to prove."""
        return self.high is not None and self.position >= self.high

    @property
    def left(self) -> int | None:
        """How many products are still to be met; None when nobody knows."""
        return None if self.counted is None else max(0, self.counted - self.products)


def spans_from(positions: Positions) -> list[Span]:
    """Return the spans of an interrupted read; their pages up to there are committed."""
    return [Span(position=after, high=up_to, written=after) for after, up_to in positions]


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
