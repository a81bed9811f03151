"""Settles a count that disagrees after everything was read: finds where, and reads there again.

Products go, come and return while a mall is read. `products/count` takes
`since_product_no`, so by halving some ten counts find the place in a mall of any
size, and one page shows what is there. What no page explains stays a mismatch.
"""

import asyncio
from bisect import bisect_left
from dataclasses import dataclass

from cafe24.api.client import MallApi
from cafe24.api.pages import PAGE_SIZE, Listing, read_count, read_page
from cafe24.products.deletions import bury_missing, mark_unlisted
from cafe24.products.passes import Passes
from cafe24.products.tables.database import OpenRun
from cafe24.products.tables.quarantine import quarantined_numbers
from cafe24.products.tables.stored import listed_numbers

ROUNDS = 4
"""A round settles one place; more of them are left to the next full read."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where mall and tables disagree: somewhere behind `after`, where the mall counts so many."""

    after: int
    counted: int


async def settle(passes: Passes, *, brake_share: float | None) -> None:
    """Read again where the mall's count and the tables disagree, until they agree or it is vain.

    Args:
        passes: the sync's way to the list and the tables.
        brake_share: the share that may be deleted without asking a person; None deletes
            nothing, because not everything was read.

    Raises:
        DeletionBraked: more is gone than may be deleted without asking a person.
    """
    for _ in range(ROUNDS):
        held = sorted(await asyncio.to_thread(expected_numbers, passes.run))
        place = await _disagreement(passes.api, passes.listing, held)
        if place is None:
            break
        await _read_again(passes, place)
        if brake_share is not None:
            await bury_missing(passes.api, passes.run, brake_share=brake_share)


async def _disagreement(api: MallApi, listing: Listing, held: list[int]) -> _Place | None:
    """Return the last place where a page can show the difference, None when there is none."""
    place = _Place(0, await read_count(api, listing))
    if place.counted == len(held):
        return None
    # Behind `place` they disagree, behind held[end - 1] they agree: halve what lies between.
    end = len(held)
    while end - (start := _position(held, place.after)) > PAGE_SIZE // 2:
        middle = (start + end) // 2
        counted = await read_count(api, listing, since=held[middle - 1])
        if counted == len(held) - middle:
            end = middle
        else:
            place = _Place(held[middle - 1], counted)
    return place


async def _read_again(passes: Passes, place: _Place) -> None:
    page = await read_page(passes.api, passes.listing, place.after)
    await asyncio.to_thread(passes.run.write_listed_again, [page], [], 0)
    if page.products >= place.counted:  # the count proves that nothing is behind it
        await asyncio.to_thread(mark_unlisted, passes.run, [(page.last, None)])
    await passes.complete_variants()


def _position(held: list[int], after: int) -> int:
    """Return how many numbers are not behind `after`."""
    return bisect_left(held, after + 1)


def expected_numbers(run: OpenRun) -> set[int]:
    """Return the numbers of all products that the mall should list, those set aside too."""
    with run.reading() as connection:
        numbers = set(connection.execute(listed_numbers(run.shop)).scalars())
        return numbers | quarantined_numbers(connection, run.shop)
