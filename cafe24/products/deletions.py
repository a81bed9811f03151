"""Deletes what the mall has no more, and no sooner than that is sure.

Cafe24 marks nothing as deleted: a product is just not listed any more, and neither
is one that an error or a lost scope hides. So a number missing from one full read
is only noted; a 404 for it makes it a tombstone, and so does a second full read
without it where too many are missing to ask for each.
"""

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection, and_, insert, select, update

from cafe24.api.client import MallApi
from cafe24.api.pages import number_of
from cafe24.api.single import read_product
from cafe24.database.columns import iso
from cafe24.errors import DeletionBraked, NotFound
from cafe24.products.tables.changes import CHANGE, change
from cafe24.products.tables.cursor import Positions
from cafe24.products.tables.database import OpenRun
from cafe24.products.tables.intake import Sighting
from cafe24.products.tables.quarantine import release_of_products
from cafe24.products.tables.rows import PRODUCT
from cafe24.products.tables.stored import batched, mark_missing, of_shop, unmark_missing
from cafe24.products.tables.variants import bury_variants_of
from cafe24.products.together import for_each

MOST_ASKED = 200
"""Missing products asked for one by one in a run; the rest waits for the next full read."""

BRAKE_SHARE = 0.2


async def bury_missing(api: MallApi, run: OpenRun, *, brake_share: float) -> None:
    """Make tombstones of the products that are surely gone.

    Raises:
        DeletionBraked: a larger share than `brake_share` is missing; nothing was
            deleted.
    """
    held = await asyncio.to_thread(run.holdings)
    if held.missing == 0:
        return
    if held.missing > brake_share * held.stored:
        raise DeletionBraked(
            f"{run.shop.mall_id}: {held.missing} of {held.stored} products are not in the mall "
            f"any more, which is more than {brake_share:.0%}; none was deleted.",
            "Look at the mall's product list. If they are really gone, run: .venv/bin/python "
            f"manage.py sync {run.shop.mall_id} --full --allow-deletions",
        )
    twice, once = await asyncio.to_thread(_missing, run)
    asked = [*twice, *once][:MOST_ASKED]
    gone = [*await _not_found(api, run, asked), *twice[MOST_ASKED:]]
    await asyncio.to_thread(bury, run, gone)


def mark_unlisted(run: OpenRun, ends: Positions) -> None:
    """Note the products behind the proven ends of the list, which no page could show missing."""
    with run.writing() as (connection, seen):
        for after, up_to in ends:
            mark_missing(connection, seen, after, up_to)


def bury(run: OpenRun, product_nos: Sequence[int]) -> None:
    """Make tombstones of these products and their variants, with a line of history each."""
    for some in batched(product_nos):
        with run.writing() as (connection, seen):
            _bury(connection, seen, some)
        run.deleted += len(some)


def _bury(connection: Connection, seen: Sighting, product_nos: Sequence[int]) -> None:
    which = and_(of_shop(seen.shop), PRODUCT.c.product_no.in_(product_nos))
    gone = update(PRODUCT).where(which).values(deleted_at=seen.seen_at, missing_since=None)
    connection.execute(gone)
    bury_variants_of(connection, seen, product_nos)
    release_of_products(connection, seen.shop, product_nos)
    at = iso(seen.seen_at)
    connection.execute(
        insert(CHANGE), [change(seen, number, "deleted_at", (None, at)) for number in product_nos]
    )


def _missing(run: OpenRun) -> tuple[list[int], list[int]]:
    """Return the numbers that an earlier full read missed too, and those only this one did."""
    missing = and_(
        of_shop(run.shop), PRODUCT.c.deleted_at.is_(None), PRODUCT.c.missing_since.is_not(None)
    )
    query = select(PRODUCT.c.product_no, PRODUCT.c.missing_since).where(missing)
    with run.reading() as connection:
        rows = connection.execute(query.order_by(PRODUCT.c.product_no)).all()
    last_full = run.progress.full_at
    twice = [number for number, since in rows if last_full and since <= last_full]
    return twice, [number for number, since in rows if not (last_full and since <= last_full)]


async def _not_found(api: MallApi, run: OpenRun, product_nos: Sequence[int]) -> list[int]:
    """Ask for each product; return those that the mall answers 404 to.

    What is answered with something else than the product itself stays missing.
    """
    gone: list[int] = []
    there: list[int] = []

    async def ask(number: int) -> None:
        try:
            found = await read_product(api, run.shop.shop_no, number)
        except NotFound:
            gone.append(number)
        else:
            if number_of(found) == number:
                there.append(number)

    await for_each(product_nos, ask, at_once=lambda: api.pace.in_flight)
    await asyncio.to_thread(_found_again, run, there)
    return gone


def _found_again(run: OpenRun, product_nos: Sequence[int]) -> None:
    with run.writing() as (connection, seen):
        unmark_missing(connection, seen.shop, product_nos)
