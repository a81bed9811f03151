"""What is stored of a shop's products: looked up, and marked when the mall does not list it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, true, update

from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.intake import Sighting
from cafe24.products.tables.rows import PRODUCT

Stored = Any
"""A row as selected from product."""


def of_shop(shop: Shop) -> ColumnElement[bool]:
    """Return the condition for this shop's products."""
    return and_(PRODUCT.c.mall_id == shop.mall_id, PRODUCT.c.shop_no == shop.shop_no)


def stored_products(
    connection: Connection, shop: Shop, product_nos: Collection[int]
) -> dict[int, Stored]:
    """Return what tells these products apart from what they were, by number."""
    query = select(
        PRODUCT.c.product_no,
        PRODUCT.c.content_hash,
        PRODUCT.c.variants_hash,
        PRODUCT.c.deleted_at,
        PRODUCT.c.missing_since,
    ).where(of_shop(shop), PRODUCT.c.product_no.in_(product_nos))
    return {row.product_no: row for row in connection.execute(query)}


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


def mark_missing(
    connection: Connection,
    seen: Sighting,
    after: int,
    up_to: int | None,
    *,
    but_for: Collection[int] = (),
) -> None:
    """Note that the mall lists none of these numbers but a few. That alone deletes nothing."""
    unlisted = and_(
        of_shop(seen.shop),
        PRODUCT.c.product_no > after,
        PRODUCT.c.product_no <= up_to if up_to is not None else true(),
        PRODUCT.c.product_no.not_in(but_for),
        PRODUCT.c.deleted_at.is_(None),
        PRODUCT.c.missing_since.is_(None),
    )
    connection.execute(update(PRODUCT).where(unlisted).values(missing_since=seen.seen_at))


def unmark_missing(connection: Connection, shop: Shop, product_nos: Collection[int]) -> None:
    """Note that the mall has these products after all."""
    if product_nos:
        found = and_(of_shop(shop), PRODUCT.c.product_no.in_(product_nos))
        connection.execute(update(PRODUCT).where(found).values(missing_since=None))
