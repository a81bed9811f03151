"""What is stored of a shop's products: looked up, and marked when the mall does not list it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    bindparam,
    select,
    true,
    union_all,
    update,
)

from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.intake import Sighting
from cafe24.products.tables.rows import PRODUCT

Key = TypeVar("Key")
Stored = Any
"""A row as selected from product."""

AT_ONCE = 500
"""Numbers in one statement: databases bound its parameters."""


def batched(keys: Iterable[Key]) -> Iterator[tuple[Key, ...]]:
    """Yield the keys, as many at a time as a statement takes."""
    left = iter(keys)
    while some := tuple(islice(left, AT_ONCE)):
        yield some


def of_shop(shop: Shop) -> ColumnElement[bool]:
    """Return the condition for this shop's products."""
    return and_(PRODUCT.c.mall_id == shop.mall_id, PRODUCT.c.shop_no == shop.shop_no)


def listed_numbers(shop: Shop) -> Select[tuple[int]]:
    """Return the query for the numbers of the products that the mall lists, for all we know."""
    return select(PRODUCT.c.product_no).where(
        of_shop(shop), PRODUCT.c.deleted_at.is_(None), PRODUCT.c.missing_since.is_(None)
    )


def stored_between(
    connection: Connection, shop: Shop, ranges: Sequence[tuple[int, int]]
) -> dict[int, Stored]:
    """Return what tells the products of some ranges apart from what they were, by number.

    One question for all: each is a way to the database and back. Every part of it goes by
    the key; of one condition with many alternatives no database need see that.

    Args:
        connection: of any transaction.
        shop: whose products.
        ranges: the numbers above the first one up to the second; at least one range.
    """
    values: dict[str, Any] = {"mall_id": shop.mall_id, "shop_no": shop.shop_no}
    for at, (after, up_to) in enumerate(ranges):
        values |= {f"after_{at}": after, f"up_to_{at}": up_to}
    asked = connection.execute(_told_between(len(ranges)), values)
    return {row.product_no: row for row in asked}


def stored_products(
    connection: Connection, shop: Shop, product_nos: Collection[int]
) -> dict[int, Stored]:
    """Return the same of these products."""
    these = _TOLD.where(of_shop(shop), PRODUCT.c.product_no.in_(product_nos))
    return {row.product_no: row for row in connection.execute(these)}


def stored_records(
    connection: Connection, shop: Shop, product_nos: Collection[int]
) -> dict[int, Any]:
    """Return the records of these products as they last came, by number."""
    if not product_nos:
        return {}
    wanted = and_(of_shop(shop), PRODUCT.c.product_no.in_(product_nos))
    query = select(PRODUCT.c.product_no, PRODUCT.c.raw).where(wanted)
    return {number: raw for number, raw in connection.execute(query)}  # noqa: C416 - rows, not pairs


def living_records(
    connection: Connection, shop: Shop, product_nos: Collection[int]
) -> dict[int, Any]:
    """Return the records of those of these products that are held and not deleted, by number."""
    living = and_(
        of_shop(shop), PRODUCT.c.product_no.in_(product_nos), PRODUCT.c.deleted_at.is_(None)
    )
    query = select(PRODUCT.c.product_no, PRODUCT.c.raw).where(living)
    return {number: raw for number, raw in connection.execute(query)}  # noqa: C416 - rows, not pairs


def rehash_variants(connection: Connection, shop: Shop, hashes: Mapping[int, str | None]) -> None:
    """Note what tells whether the variants of these products changed."""
    if hashes:
        rehash = update(PRODUCT).where(of_shop(shop), PRODUCT.c.product_no == bindparam("number"))
        rows = [{"number": number, "hash": hashed} for number, hashed in hashes.items()]
        connection.execute(rehash.values(variants_hash=bindparam("hash")), rows)


def mark_missing(connection: Connection, seen: Sighting, after: int, up_to: int | None) -> None:
    """Note that the mall lists nothing in this range. That alone deletes nothing."""
    in_range = and_(
        PRODUCT.c.product_no > after,
        PRODUCT.c.product_no <= up_to if up_to is not None else true(),
    )
    _mark_missing(connection, seen, in_range)


def mark_numbers_missing(
    connection: Connection, seen: Sighting, product_nos: Collection[int]
) -> None:
    """Note that the mall does not list these. That alone deletes nothing."""
    for some in batched(product_nos):
        _mark_missing(connection, seen, PRODUCT.c.product_no.in_(some))


def unmark_missing(connection: Connection, shop: Shop, product_nos: Collection[int]) -> None:
    """Note that the mall has these products after all."""
    if product_nos:
        found = and_(of_shop(shop), PRODUCT.c.product_no.in_(product_nos))
        connection.execute(update(PRODUCT).where(found).values(missing_since=None))


def _mark_missing(connection: Connection, seen: Sighting, which: ColumnElement[bool]) -> None:
    unlisted = and_(
        of_shop(seen.shop),
        which,
        PRODUCT.c.deleted_at.is_(None),
        PRODUCT.c.missing_since.is_(None),
    )
    connection.execute(update(PRODUCT).where(unlisted).values(missing_since=seen.seen_at))


_TOLD = select(
    PRODUCT.c.product_no,
    PRODUCT.c.content_hash,
    PRODUCT.c.variants_hash,
    PRODUCT.c.deleted_at,
    PRODUCT.c.missing_since,
)


@lru_cache
def _told_between(ranges: int) -> CompoundSelect[Any]:
    """Return the question about so many ranges. To make it takes longer than to answer it."""
    shop = and_(
        PRODUCT.c.mall_id == bindparam("mall_id"), PRODUCT.c.shop_no == bindparam("shop_no")
    )
    parts = [
        _TOLD.where(
            shop,
            PRODUCT.c.product_no > bindparam(f"after_{at}"),
            PRODUCT.c.product_no <= bindparam(f"up_to_{at}"),
        )
        for at in range(ranges)
    ]
    return union_all(*parts)
