"""What one page brings: records told apart by their hashes, and misfits. No database yet."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cafe24.api.pages import EMBEDDED_VARIANTS, number_of
from cafe24.database.columns import iso
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.fields import Fields, Shape
from cafe24.products.tables.raw import Misfit, digest, quarantine_text, raw_json, value_digest
from cafe24.products.tables.rows import (
    LISTED,
    Record,
    Row,
    check_shop,
    listed_values,
    product_no_of,
    unknown_fields,
)

MisfitRow = dict[str, Any]

UNREAD_VARIANTS = ""
"""The `variants_hash` of a product whose variants must be read on their own."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Who saw records of which shop, and when.

    Attributes:
        seen_at: aware UTC.
        stamp: the same as text, as rows hold it.
    """

    shop: Shop
    run_id: int
    seen_at: datetime
    stamp: str


def sighting(shop: Shop, run_id: int, seen_at: datetime) -> Sighting:
    """Return a sighting at that time."""
    return Sighting(shop, run_id, seen_at, iso(seen_at))


@dataclass(slots=True)
class TakenProduct:
    """A product's record, not yet looked at field by field: most have not changed.

    Attributes:
        record: without its variants.
        raw: the record as JSON.
        variants: what came embedded; None when nothing did.
        variants_hash: tells whether they changed; None when none came.
        lacks_variants: they were asked for, and did not come.
    """

    record: Record
    raw: str
    content_hash: str
    variants: list[Any] | None
    variants_hash: str | None
    lacks_variants: bool

    @property
    def whole_variants(self) -> list[Any] | None:
        """All variants of the product; None when they must be read on their own."""
        return None if self.variants_hash == UNREAD_VARIANTS else self.variants

    def row(self, product_no: int, seen: Sighting, fields: Fields = LISTED) -> Row:
        """Return the row with these fields, in the order of `product_columns`.

        Raises:
            Misfit: with the field and the reason.
        """
        shop, stamp = seen.shop, seen.stamp
        return (
            shop.mall_id, shop.shop_no, self.content_hash, stamp, stamp, self.raw,
            product_no, self.variants_hash, *listed_values(self.record, fields),
        )  # fmt: skip


@dataclass(slots=True)
class Intake:
    """What a page's records became.

    Attributes:
        products: by product_no; of a number that came twice, the later record.
        misfits: rows for the quarantine.
        present: numbers that the page holds, fitting or not: they are not deleted.
        shapes: which fields the products' records have, and how many have just these.
    """

    products: dict[int, TakenProduct] = field(default_factory=dict)
    misfits: list[MisfitRow] = field(default_factory=list)
    present: set[int] = field(default_factory=set)
    duplicates: int = 0
    shapes: Counter[Shape] = field(default_factory=Counter)

    @property
    def unknown(self) -> Counter[str]:
        """Fields without a column, and how often they came."""
        unknown: Counter[str] = Counter()
        for shape, records in self.shapes.items():
            unknown.update(dict.fromkeys(unknown_fields(shape), records))
        return unknown

    def record(self, product_no: int) -> Record:
        """Return a product's record."""
        return self.products[product_no].record

    def set_aside(self, product_no: int, reason: str, seen: Sighting) -> None:
        """Take back a product that turns out to fit no row."""
        record = self.products.pop(product_no).record
        self.misfits.append(misfit_row("product", record, reason, seen))


def shapes_of(records: Iterable[Any]) -> frozenset[Shape]:
    """Return which fields the records have, those that fit nothing too."""
    return frozenset(tuple(record) for record in records if isinstance(record, dict))


def numbers_of(records: Iterable[Any]) -> set[int]:
    """Return the numbers of the records that have one."""
    return {number for number in map(number_of, records) if number}


def take_in(records: list[Any], seen: Sighting, *, with_variants: bool = False) -> Intake:
    """Sort a page's records into what becomes of them. Nothing is lost, nothing raised.

    Args:
        records: what the page holds.
        seen: by which run and when.
        with_variants: they were asked for.
    """
    taken = Intake()
    for record in records:
        try:
            _take(taken, record, seen, with_variants=with_variants)
        except Misfit as misfit:
            taken.misfits.append(misfit_row("product", record, str(misfit), seen))
    return taken


def misfit_row(kind: str, record: Any, reason: str, seen: Sighting, key: str = "") -> MisfitRow:
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
    return value_digest(variants)


def _take(taken: Intake, record: Any, seen: Sighting, *, with_variants: bool) -> None:
    if not isinstance(record, dict):
        raise Misfit("the record is no object")
    if known := number_of(record):
        taken.duplicates += known in taken.present
        taken.present.add(known)
    number = product_no_of(record)
    variants = record.pop("variants", None)
    is_list = isinstance(variants, list)
    check_shop(record, seen.shop)
    raw = raw_json(record)
    taken.products[number] = TakenProduct(
        record,
        raw.decode(),
        digest(raw),
        variants if is_list else None,
        variants_hash(variants) if is_list else None,
        lacks_variants=with_variants and not is_list,
    )
    taken.shapes[tuple(record)] += 1
