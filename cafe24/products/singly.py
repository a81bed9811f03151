"""What is read one product at a time: long lists of variants, and details.

Each such call has a bucket of its own, so it takes nothing from the list.
"""

import asyncio
from typing import Any

from sqlalchemy import Select, and_, case, select, update

from cafe24.api.client import MallApi
from cafe24.api.single import read_product, read_variants
from cafe24.errors import NotFound
from cafe24.products.deletions import bury
from cafe24.products.tables.changes import write_changes
from cafe24.products.tables.database import OpenRun
from cafe24.products.tables.intake import UNREAD_VARIANTS, misfit_row
from cafe24.products.tables.quarantine import release_of_products, write_misfits
from cafe24.products.tables.raw import Misfit, digest, quarantine_text
from cafe24.products.tables.rows import PRODUCT, Record, Row, detail_from_record, product_no_of
from cafe24.products.tables.statements import update_detail
from cafe24.products.tables.stored import of_shop
from cafe24.products.tables.variants import write_variants
from cafe24.products.together import for_each


async def read_cut_variants(api: MallApi, run: OpenRun) -> None:
    """Read all variants of the products whose embedded list was cut."""

    async def read(number: int) -> None:
        try:
            variants = await read_variants(api, run.shop.shop_no, number)
        except NotFound:
            await asyncio.to_thread(bury, run, [number])
        else:
            await asyncio.to_thread(_store_variants, run, number, variants)

    cut = PRODUCT.c.variants_hash == UNREAD_VARIANTS
    numbers = await asyncio.to_thread(_numbers, run, _living(run).where(cut))
    await for_each(numbers, read, at_once=api.pace.in_flight)


async def read_details(api: MallApi, run: OpenRun, *, calls: int) -> int:
    """Read the details of up to `calls` products; return how many were read.

    Those never read come first, then those that changed since, then the oldest, so
    that every run's budget goes on where the last one's ended.
    """

    async def read(number: int) -> None:
        try:
            record = await read_product(api, run.shop.shop_no, number)
        except NotFound:
            await asyncio.to_thread(bury, run, [number])
        else:
            await asyncio.to_thread(_store_detail, run, number, record)

    seen_at = PRODUCT.c.detail_seen_at
    is_current = case((seen_at >= PRODUCT.c.changed_at, 1), else_=0)
    oldest = _living(run).order_by(seen_at.is_not(None), is_current, seen_at).limit(calls)
    numbers = await asyncio.to_thread(_numbers, run, oldest)
    await for_each(numbers, read, at_once=api.pace.in_flight)
    return len(numbers)


def _living(run: OpenRun) -> Select[Any]:
    """Return the query for the numbers of the products that the mall lists."""
    return select(PRODUCT.c.product_no).where(
        of_shop(run.shop), PRODUCT.c.deleted_at.is_(None), PRODUCT.c.missing_since.is_(None)
    )


def _numbers(run: OpenRun, query: Select[Any]) -> list[int]:
    with run.reading() as connection:
        return list(connection.execute(query).scalars())


def _store_variants(run: OpenRun, product_no: int, variants: list[Any]) -> None:
    with run.writing() as (connection, seen):
        written = write_variants(connection, seen, {product_no: variants})
        write_changes(connection, written.changes)
        release_of_products(connection, run.shop, [product_no], kind="variant")
        write_misfits(connection, written.misfits)
        which = and_(of_shop(run.shop), PRODUCT.c.product_no == product_no)
        counted_at = connection.execute(select(PRODUCT.c.changed_at).where(which)).scalar_one()
        whole = digest(quarantine_text(variants).encode())
        connection.execute(update(PRODUCT).where(which).values(variants_hash=whole))
    if written.changed and counted_at < run.started_at:
        run.tally.changed += 1
        run.tally.unchanged -= 1


def _store_detail(run: OpenRun, product_no: int, record: Any) -> None:
    with run.writing() as (connection, seen):
        row: Row = {
            "key_mall_id": run.shop.mall_id,
            "key_shop_no": run.shop.shop_no,
            "key_product_no": product_no,
            "detail_seen_at": seen.stamp,
        }
        release_of_products(connection, run.shop, [product_no], kind="detail")
        try:
            row |= detail_from_record(_checked(record, product_no), seen.shapes)
        except Misfit as misfit:
            noted = {"product_no": product_no, "detail": record}
            aside = misfit_row("detail", noted, str(misfit), seen, str(product_no))
            write_misfits(connection, [aside])
        update_detail(connection, row)


def _checked(record: Any, product_no: int) -> Record:
    if not isinstance(record, dict) or product_no_of(record) != product_no:
        raise Misfit(f"it is not the product {product_no} that was asked for")
    return record
