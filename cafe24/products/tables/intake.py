"""What one page brings: rows, variants, misfits. No database yet."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cafe24.api.pages import EMBEDDED_VARIANTS, number_of
from cafe24.database.columns import iso
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.raw import Misfit, digest, quarantine_text, raw_json
from cafe24.products.tables.rows import (
    TEXTS,
    VALUES,
    Record,
    Row,
    Shapes,
    product_no_of,
    row_from_record,
    unknown_fields,
)

UNREAD_VARIANTS = ""
"""The `variants_hash` of a product whose variants must be read on their own."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Who saw records of which shop, and when.

    Attributes:
        seen_at: aware UTC.
        stamp: the same as the database's driver wants it.
        shapes: what the database wants of a record's values.
    """

    shop: Shop
    run_id: int
    seen_at: datetime
    stamp: datetime | str
    shapes: Shapes


def sighting(shop: Shop, run_id: int, seen_at: datetime, dialect_name: str) -> Sighting:
    """Return a sighting for a database of this kind."""
    if dialect_name == "sqlite":
        return Sighting(shop, run_id, seen_at, iso(seen_at), TEXTS)
    return Sighting(shop, run_id, seen_at, seen_at, VALUES)


@dataclass(slots=True)
class Intake:
    """What a page's records became.

    Attributes:
        rows: by product_no; of a number that came twice, the later record.
        records: the records of these rows, without their variants.
        variants: what came embedded, by product_no.
        misfits: rows for the quarantine.
        present: numbers that the page holds, fitting or not: they are not deleted.
        unknown: fields without a column, and how often.
    """

    rows: dict[int, Row] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    variants: dict[int, list[Any]] = field(default_factory=dict)
    misfits: list[Row] = field(default_factory=list)
    present: set[int] = field(default_factory=set)
    duplicates: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


def take_in(records: list[Any], seen: Sighting, *, with_variants: bool = False) -> Intake:
    """Sort a page's records into what becomes of them. Nothing is lost, nothing raised.

    Args:
        records: what the page holds.
        seen: by which run and when.
        with_variants: they should have come; where they did not, they are still to be read.
    """
    taken = Intake()
    for record in records:
        try:
            _take(taken, record, seen, with_variants=with_variants)
        except Misfit as misfit:
            taken.misfits.append(misfit_row("product", record, str(misfit), seen))
    return taken


def misfit_row(kind: str, record: Any, reason: str, seen: Sighting, key: str = "") -> Row:
    """Return the quarantine's row for a record; without a key, its content is the key."""
    raw = quarantine_text(record)
    product_no = number_of(record) or None
    if not key:
        key = str(product_no) if kind == "product" and product_no else digest(raw.encode())
    return {
        "mall_id": seen.shop.mall_id,
        "shop_no": seen.shop.shop_no,
        "record_key": f"{kind}:{key}",
        "product_no": product_no,
        "reason": reason,
        "raw": raw,
        "first_seen_at": seen.seen_at,
        "last_seen_at": seen.seen_at,
    }


def variants_hash(variants: list[Any]) -> str:
    """Return what tells whether a product's variants changed.

    A list as long as the embed's limit may be cut, so it says nothing.
    """
    if len(variants) >= EMBEDDED_VARIANTS:
        return UNREAD_VARIANTS
    try:
        return digest(raw_json(variants))
    except Misfit:
        return digest(quarantine_text(variants).encode())


def _take(taken: Intake, record: Any, seen: Sighting, *, with_variants: bool) -> None:
    if not isinstance(record, dict):
        raise Misfit("the record is no object")
    if known := number_of(record):
        taken.duplicates += known in taken.present
        taken.present.add(known)
    number = product_no_of(record)
    variants = record.pop("variants", None)
    row = row_from_record(record, seen.shop, seen.stamp, seen.shapes)
    if isinstance(variants, list):
        row["variants_hash"] = variants_hash(variants)
        taken.variants[number] = variants
    elif with_variants:
        row["variants_hash"] = UNREAD_VARIANTS
        taken.variants[number] = []
    taken.rows[number], taken.records[number] = row, record
    taken.unknown.update(unknown_fields(record))
