"""Makes the stored variants of products equal to what the mall says."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from cafe24.database.columns import iso
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.changes import ChangeRow, change, changed_fields
from cafe24.products.tables.intake import MisfitRow, Sighting, misfit_row
from cafe24.products.tables.raw import Misfit, digest, raw_json
from cafe24.products.tables.rows import (
    VARIANT,
    VARIANT_COLUMNS,
    Record,
    Row,
    check_shop,
    variant_code_of,
    variant_values,
    with_stock,
)
from cafe24.products.tables.statements import insert_rows, overwrite_rows
from cafe24.products.tables.stored import batched

Stored = Any
"""A row as selected from product_variant."""


@dataclass(slots=True)
class VariantWrite:
    """What has to be written for variants, and what came of it.

    Attributes:
        compared: numbers of the products whose variants were looked at.
        rows: by variant_code; of a code that came twice, the later record.
        changed: numbers of the products that had variants, but not these.
        gone: codes that the mall has no more.
    """

    compared: Collection[int] = ()
    rows: dict[str, Row] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    changes: list[ChangeRow] = field(default_factory=list)
    misfits: list[MisfitRow] = field(default_factory=list)
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
    if written.gone:
        _bury(connection, seen, VARIANT.c.variant_code.in_(written.gone))
    _write_rows(connection, seen.shop, written.rows)
    return written


def _write_rows(connection: Connection, shop: Shop, rows: Mapping[str, Row]) -> None:
    """Write the rows; a code may be there already, under another product even."""
    here = _codes_here(connection, shop, rows.keys())
    insert_rows(
        connection,
        VARIANT,
        VARIANT_COLUMNS,
        [row for code, row in rows.items() if code not in here],
    )
    overwrite_rows(
        connection, VARIANT, VARIANT_COLUMNS, [row for code, row in rows.items() if code in here]
    )


def _codes_here(connection: Connection, shop: Shop, codes: Collection[str]) -> set[str]:
    """Return those of the codes that the table has."""
    here: set[str] = set()
    for some in batched(codes):
        query = select(VARIANT.c.variant_code).where(_of(shop), VARIANT.c.variant_code.in_(some))
        here.update(connection.execute(query).scalars())
    return here


def has_variants(connection: Connection, shop: Shop) -> bool:
    """Tell whether the shop's mall has ever given variants."""
    query = select(VARIANT.c.variant_code).where(_of(shop)).limit(1)
    return connection.execute(query).first() is not None


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
        row = _differing_row(seen, product_no, code, record, kept.get(code))
    except Misfit as misfit:
        noted = {"product_no": product_no, "variant": record}
        written.misfits.append(misfit_row("variant", noted, str(misfit), seen, code))
        return code
    if row is None:
        return code
    written.rows[code] = row
    if kept:
        written.changed.add(product_no)
    written.changes.extend(_history(kept.get(code), record, seen, product_no, code))
    return code


def _differing_row(
    seen: Sighting, product_no: int, code: str, record: Record, before: Stored | None
) -> Row | None:
    """Return the row, in the order of VARIANT_COLUMNS; None when it is stored just so.

    Raises:
        Misfit: with the field and the reason.
    """
    shop, stamp = seen.shop, seen.stamp
    check_shop(record, shop)
    raw = raw_json(record)
    content_hash = digest(raw)
    if before and not before.deleted_at and _is_same(before, record, content_hash):
        return None
    return (
        shop.mall_id, shop.shop_no, content_hash, stamp, stamp, raw.decode(),
        product_no, code, *variant_values(record),
    )  # fmt: skip


def _is_same(before: Stored, record: Record, content_hash: str) -> bool:
    """Tell whether nothing changed. Where it is read singly its stock is told once more."""
    return before.content_hash == content_hash or with_stock(before.raw) == with_stock(record)


def _history(
    before: Stored | None, record: Record, seen: Sighting, product_no: int, code: str
) -> list[ChangeRow]:
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
