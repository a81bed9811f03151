"""Finds where to split a range of numbers, so that both parts are read at once and no page is lost.

Counting what lies above a number costs a call, but from a bucket that reading leaves
alone. A split with whole pages above it costs no further page, wherever the gaps are.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cafe24.api.client import MallApi
from cafe24.api.pages import LARGEST_PRODUCT_NO, PAGE_SIZE, Listing, read_count
from cafe24.products.ranges import Span

ROUNDS = 8
PROBES = 3
"""Numbers counted at once in a round."""

CENTRAL = 0.3
"""A split that leaves at least this share of the products on either side will do."""


class CountIgnoresNumbersError(Exception):
    """The mall's count takes no since_product_no."""


@dataclass(frozen=True, slots=True)
class Split:
    """A number, and how many of a range's products lie above it."""

    middle: int
    counted: int

    @property
    def is_exact(self) -> bool:
        """Whether that is whole pages."""
        return self.counted % PAGE_SIZE == 0


async def counted_above(
    api: MallApi, listing: Listing, span: Span, numbers: Sequence[int]
) -> list[Split]:
    """Return how many of the span's products lie above each of the numbers behind its position.

    Raises:
        CountIgnoresNumbersError: all of them, though some lie below.
    """
    whole, met, beyond = span.counted, span.products, span.above
    counts = await asyncio.gather(*(read_count(api, listing, since=number) for number in numbers))
    if met and whole is not None and any(count - beyond >= whole for count in counts):
        raise CountIgnoresNumbersError
    return [
        Split(number, max(0, count - beyond)) for number, count in zip(numbers, counts, strict=True)
    ]


def guessed_middles(span: Span, left: int, parts: int) -> list[int]:
    """Return the numbers that cut what is left into parts, were all of it as its last page.

    The greatest comes first, which is the order to split at them.
    """
    spacing = span.spacing or 1.0
    ranks = [_whole_pages(left * part / parts) for part in range(parts - 1, 0, -1)]
    middles = [span.position + round(rank * spacing) for rank in ranks if rank]
    return [middle for middle in middles if middle < (span.high or LARGEST_PRODUCT_NO)]


async def exact_split(api: MallApi, listing: Listing, span: Span) -> Split | None:
    """Return a split of the span into whole pages, or nearly so, None when none is found soon.

    The span may be read on meanwhile; it must know how many products it holds.

    Raises:
        CountIgnoresNumbersError: nothing can be found out.
    """
    known = [] if span.high is None else [Split(span.high, 0)]
    best: Split | None = None
    for tried in range(ROUNDS):
        left = span.left or 0
        wanted = _whole_pages(best.counted if best else left / 2)
        low, high = _around(wanted, [*known, Split(span.position, left)])
        numbers = _numbers_between(low, high, wanted, _reach(span, tried)) if low else []
        if not numbers:
            break
        probed = await counted_above(api, listing, span, numbers)
        known += probed
        best = _best([one for one in known if _is_central(one, span)], wanted)
        if best and best.is_exact:
            break
    return best


def _best(splits: list[Split], wanted: int) -> Split | None:
    return min(splits, key=lambda one: (not one.is_exact, abs(one.counted - wanted)), default=None)


def _is_central(split: Split, span: Span) -> bool:
    left = span.left or 0
    return span.position < split.middle and (
        CENTRAL * left <= split.counted <= (1 - CENTRAL) * left
    )


def _around(wanted: int, known: list[Split]) -> tuple[Split | None, Split | None]:
    """Return the nearest known numbers with as many products above them or more, and with fewer."""
    low = [one for one in known if one.counted >= wanted]
    high = [one for one in known if one.counted < wanted]
    return (
        max(low, key=lambda one: one.middle, default=None),
        min(high, key=lambda one: one.middle, default=None),
    )


def _reach(span: Span, tried: int) -> float:
    """Return how far apart products may lie behind all known ones: ever further."""
    return float((span.spacing or 1.0) * 2 ** (PROBES * tried))


def _numbers_between(low: Split, high: Split | None, wanted: int, reach: float) -> list[int]:
    """Return the numbers to count next.

    One is where the wanted number lies if products lie evenly, the others about it: near
    where it is sure, in the middle of both sides where it is not.
    """
    missing = low.counted - wanted
    if high is None:
        far = [low.middle + round(max(1, missing) * reach * 2**nth) for nth in range(PROBES)]
        return sorted({min(number, LARGEST_PRODUCT_NO) for number in far} - {low.middle})
    share = missing / (low.counted - high.counted)
    even = low.middle + round(share * (high.middle - low.middle))
    even = min(max(even, low.middle + 1), high.middle - 1)
    doubt = max(1, min(PAGE_SIZE, low.counted - high.counted) // 10)
    step = max(1, doubt * (high.middle - low.middle) // (low.counted - high.counted))
    if low.counted - high.counted > PAGE_SIZE:
        about = [(low.middle + even) // 2, (even + high.middle) // 2]
    else:
        about = [even - step, even + step]
    return sorted({one for one in (even, *about) if low.middle < one < high.middle})


def _whole_pages(products: float) -> int:
    return PAGE_SIZE * round(products / PAGE_SIZE)
