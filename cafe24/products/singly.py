"""What is read one product at a time: long lists of variants, and details.

Each such call has a bucket of its own, so it takes nothing from the list.
"""

import asyncio
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, update

from cafe24.api.client import MallApi
from cafe24.api.single import read_product, read_variants
from cafe24.errors import NotFound
from cafe24.products.counting import products
from cafe24.products.deletions import bury
from cafe24.products.meter import Meter
from cafe24.products.tables.catalog import IS_UNREAD
from cafe24.products.tables.changes import write_changes
from cafe24.products.tables.database import OpenRun
from cafe24.products.tables.intake import misfit_row
from cafe24.products.tables.quarantine import release_of_products, write_misfits
from cafe24.products.tables.raw import Misfit, value_digest
from cafe24.products.tables.rows import PRODUCT, Record, detail_columns, product_no_of
from cafe24.products.tables.statements import update_product
from cafe24.products.tables.stored import listed_numbers, of_shop
from cafe24.products.tables.variants import has_variants, write_variants
from cafe24.products.together import for_each, to_its_end


async def read_unread_variants(api: MallApi, run: OpenRun, meter: Meter | None) -> list[int]:
    """Read all variants of the products whose embedded list was cut, or lost.

    Args:
        api: the mall.
        run: the tables; its tally knows which these are.
        meter: shows how far it is; None where something else is shown meanwhile.

    Returns:
        The products that the mall has no more: it answered 404.
    """
    gone: list[int] = []
    unread = run.tally.unread_variants

    async def read(number: int) -> None:
        try:
            variants = await read_variants(api, run.shop.shop_no, number)
        except NotFound:
            gone.append(number)
        else:
            await to_its_end(_store_variants, run, number, variants)
        unread.discard(number)
        if meter:
            meter.reached(meter.report.read + 1)

    numbers = sorted(unread)
    if meter and numbers:
        meter.begin("long lists of variants", len(numbers))
    await for_each(numbers, read, at_once=lambda: api.pace.in_flight)
    return gone


def find_unread_variants(run: OpenRun, *, never_read_too: bool) -> None:
    """Note the products whose variants an interrupted run left unread.

    Args:
        run: the tables; its tally gets them.
        never_read_too: also those that no variants ever came with, where the mall gives
            variants at all.
    """
    unread: ColumnElement[bool] = IS_UNREAD
    with run.reading() as connection:
        if never_read_too and has_variants(connection, run.shop):
            unread = or_(unread, PRODUCT.c.variants_hash.is_(None))
        found = connection.execute(listed_numbers(run.shop).where(unread)).scalars()
        run.tally.unread_variants.update(found)


async def read_details(api: MallApi, run: OpenRun, meter: Meter, *, calls: int) -> None:
    """Read the details of up to `calls` products, and count them in the report.

    Those never read come first, then those that changed since, then the oldest. Each is
    committed by itself, so every run's budget goes on where the last one's ended, however
    it ended.
    """
    if calls == 0:
        return

    def count() -> None:
        meter.report.details += 1
        meter.reached(meter.report.details)

    def bury_it(number: int) -> None:
        bury(run, [number])
        count()

    def store(number: int, record: Record) -> None:
        _store_detail(run, number, record)
        count()

    async def read(number: int) -> None:
        try:
            record = await read_product(api, run.shop.shop_no, number)
        except NotFound:
            await to_its_end(bury_it, number)
        else:
            await to_its_end(store, number, record)

    listed, seen_at = listed_numbers(run.shop), PRODUCT.c.detail_seen_at
    is_current = case((seen_at >= PRODUCT.c.changed_at, 1), else_=0)
    oldest = listed.order_by(seen_at.is_not(None), is_current, seen_at).limit(calls)
    numbers = await asyncio.to_thread(_numbers, run, oldest)
    meter.begin("details", len(numbers))
    await for_each(numbers, read, at_once=lambda: api.pace.in_flight)
    if left := await asyncio.to_thread(_count, run, listed.where(seen_at.is_(None))):
        meter.report.add_reason(f"details of {products(left)} are left to the next runs")


def _numbers(run: OpenRun, query: Select[Any]) -> list[int]:
    with run.reading() as connection:
        return list(connection.execute(query).scalars())


def _count(run: OpenRun, query: Select[Any]) -> int:
    with run.reading() as connection:
        counted = select(func.count()).select_from(query.subquery())
        return connection.execute(counted).scalar_one()


def _store_variants(run: OpenRun, product_no: int, variants: list[Any]) -> None:
    with run.writing() as (connection, seen):
        written = write_variants(connection, seen, {product_no: variants})
        write_changes(connection, written.changes)
        release_of_products(connection, run.shop, [product_no], kind="variant")
        write_misfits(connection, written.misfits)
        which = and_(of_shop(run.shop), PRODUCT.c.product_no == product_no)
        counted_at = connection.execute(select(PRODUCT.c.changed_at).where(which)).scalar_one()
        whole = value_digest(variants)
        connection.execute(update(PRODUCT).where(which).values(variants_hash=whole))
    if written.changed and counted_at < run.started_at:
        run.tally.changed += 1
        run.tally.unchanged -= 1


def _store_detail(run: OpenRun, product_no: int, record: Any) -> None:
    with run.writing() as (connection, seen):
        columns: dict[str, Any] = {"detail_seen_at": seen.stamp}
        release_of_products(connection, run.shop, [product_no], kind="detail")
        try:
            columns |= detail_columns(_checked(record, product_no))
        except Misfit as misfit:
            noted = {"product_no": product_no, "detail": record}
            aside = misfit_row("detail", noted, str(misfit), seen, str(product_no))
            write_misfits(connection, [aside])
        update_product(connection, (run.shop.mall_id, run.shop.shop_no, product_no), columns)


def _checked(record: Any, product_no: int) -> Record:
    if not isinstance(record, dict) or product_no_of(record) != product_no:
        raise Misfit(f"it is not the product {product_no} that was asked for")
    return record
