"""Makes the stored variants of products equal to what the mall says."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from cafe24.database.columns import iso
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.changes import change, changed_fields
from cafe24.products.tables.intake import Sighting, misfit_row
from cafe24.products.tables.raw import Misfit
from cafe24.products.tables.rows import (
    VARIANT,
    Record,
    Row,
    row_from_variant,
    variant_code_of,
    with_stock,
)
from cafe24.products.tables.statements import upsert_variants

Stored = Any
"""A row as selected from product_variant."""


@dataclass(slots=True)
class VariantWrite:
    """What has to be written for variants, and what came of it.

    Attributes:
        compared: numbers of the products whose variants were looked at.
        changed: numbers of the products that had variants, but not these.
        gone: codes that the mall has no more.
    """

    compared: Collection[int] = ()
    rows: list[Row] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    changes: list[Row] = field(default_factory=list)
    misfits: list[Row] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def write_variants(
    connection: Connection,
    seen: Sighting,
    variants: Mapping[int, list[Any]],
    *,
    are_new: Collection[int] = (),
) -> VariantWrite:
    """Write what changed among the variants of these products.

    Args:
        connection: of the transaction that writes the products.
        seen: by which run and when.
        variants: all of each product's, by product_no; a cut list would bury the rest.
        are_new: products that have no variants here yet.
    """
    written = VariantWrite(variants.keys())
    stored = _stored(connection, seen.shop, variants.keys() - set(are_new))
    for product_no, records in variants.items():
        kept = stored[product_no]
        present = {_compare(written, seen, product_no, record, kept) for record in records}
        _find_gone(written, seen, product_no, kept, present)
    # Buried first: a code that moved from one product to another is gone there and here now.
    _bury(connection, seen, VARIANT.c.variant_code.in_(written.gone))
    upsert_variants(connection, written.rows)
    return written


def bury_variants_of(connection: Connection, seen: Sighting, product_nos: Collection[int]) -> None:
    """Mark all variants of these products as deleted."""
    _bury(connection, seen, VARIANT.c.product_no.in_(product_nos))


def _compare(
    written: VariantWrite,
    seen: Sighting,
    product_no: int,
    record: Any,
    kept: Mapping[str, Stored],
) -> str:
    """Note what the record changes; return its code, empty where it has none."""
    code = ""
    try:
        code = variant_code_of(record if isinstance(record, dict) else {})
        row = row_from_variant(record, product_no, seen.shop, seen.stamp, seen.shapes)
    except Misfit as misfit:
        noted = {"product_no": product_no, "variant": record}
        written.misfits.append(misfit_row("variant", noted, str(misfit), seen, code))
        return code
    before = kept.get(code)
    if before is None or before.deleted_at or _differs(record, row, before):
        written.rows.append(row)
        if kept:
            written.changed.add(product_no)
        written.changes.extend(_history(before, record, seen, product_no, code))
    return code


def _differs(record: Record, row: Row, before: Stored) -> bool:
    """Tell whether the variant changed: that its stock is told once more is no change."""
    is_same = before.content_hash == row["content_hash"]
    return not is_same and with_stock(before.raw) != with_stock(record)


def _history(
    before: Stored | None, record: Record, seen: Sighting, product_no: int, code: str
) -> list[Row]:
    if before is None:
        return []
    found = list(changed_fields(with_stock(before.raw), with_stock(record), seen, product_no, code))
    if before.deleted_at:
        found.append(change(seen, product_no, "deleted_at", (iso(before.deleted_at), None), code))
    return found


def _find_gone(
    written: VariantWrite,
    seen: Sighting,
    product_no: int,
    kept: Mapping[str, Stored],
    present: Collection[str],
) -> None:
    for code, before in kept.items():
        if code not in present and not before.deleted_at:
            written.gone.append(code)
            written.changed.add(product_no)
            deleted_at = iso(seen.seen_at)
            written.changes.append(change(seen, product_no, "deleted_at", (None, deleted_at), code))


def _stored(
    connection: Connection, shop: Shop, product_nos: Collection[int]
) -> dict[int, dict[str, Stored]]:
    """Return the variants that are here, by product_no and variant_code."""
    found: dict[int, dict[str, Stored]] = defaultdict(dict)
    if product_nos:
        columns = VARIANT.c
        query = select(
            columns.variant_code,
            columns.product_no,
            columns.content_hash,
            columns.deleted_at,
            columns.raw,
        ).where(_of(shop), columns.product_no.in_(product_nos))
        for row in connection.execute(query):
            found[row.product_no][row.variant_code] = row
    return found


def _bury(connection: Connection, seen: Sighting, which: ColumnElement[bool]) -> None:
    living = and_(_of(seen.shop), VARIANT.c.deleted_at.is_(None), which)
    connection.execute(update(VARIANT).where(living).values(deleted_at=seen.seen_at))


def _of(shop: Shop) -> ColumnElement[bool]:
    return and_(VARIANT.c.mall_id == shop.mall_id, VARIANT.c.shop_no == shop.shop_no)
