"""Writes pages of products: only what changed, with the cursor, in one transaction."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, update

from cafe24.api.pages import Page
from cafe24.database.columns import iso
from cafe24.products.tables.changes import change, changed_fields, write_changes
from cafe24.products.tables.intake import UNREAD_VARIANTS, Intake, Sighting, take_in
from cafe24.products.tables.quarantine import release_misfits, release_of_products, write_misfits
from cafe24.products.tables.rows import PRODUCT, Row
from cafe24.products.tables.statements import upsert_products
from cafe24.products.tables.stored import (
    Stored,
    mark_missing,
    of_shop,
    stored_products,
    stored_records,
    unmark_missing,
)
from cafe24.products.tables.variants import VariantWrite, write_variants


@dataclass(slots=True)
class Tally:
    """What writing came to, in products."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    unknown_fields: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for name in ("new", "changed", "unchanged", "duplicates"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unknown_fields.update(other.unknown_fields)


def write_page(
    connection: Connection,
    seen: Sighting,
    page: Page,
    quarantined: set[str],
    *,
    finds_missing: bool,
) -> Tally:
    """Write one page and return what it came to.

    Args:
        connection: of a transaction that holds the shop's lease.
        seen: by which run and when.
        page: the records after `page.since`, up to `page.last`.
        quarantined: keys of the records set aside in this shop; kept up to date.
        finds_missing: the page is of a whole list, so a stored number between its
            ends that is not on it is missing from the mall.
    """
    taken = take_in(page.records, seen, with_variants=page.with_variants)
    stored = stored_products(connection, seen.shop, taken.present)
    if finds_missing:
        mark_missing(connection, seen, page.since, page.last, but_for=taken.present)
    new = [row for number, row in taken.rows.items() if number not in stored]
    changed, changes = _changed(connection, seen, taken, stored)
    upsert_products(connection, new + changed)
    variants = _write_variants(connection, seen, taken, stored)
    write_changes(connection, changes + variants.changes)
    unmark_missing(
        connection,
        seen.shop,
        [no for no in taken.present if no in stored and stored[no].missing_since],
    )
    _set_aside(connection, seen, taken, variants, quarantined)
    all_changed = {row["product_no"] for row in changed} | (variants.changed & stored.keys())
    return Tally(
        new=len(new),
        changed=len(all_changed),
        unchanged=len(taken.rows) - len(new) - len(all_changed),
        duplicates=taken.duplicates,
        unknown_fields=taken.unknown,
    )


def _changed(
    connection: Connection, seen: Sighting, taken: Intake, stored: Mapping[int, Stored]
) -> tuple[list[Row], list[Row]]:
    """Return the rows that differ from what is stored, and the history of their fields."""
    rows: list[Row] = []
    changes: list[Row] = []
    differing = [no for no in taken.rows if no in stored and _differs(taken.rows[no], stored[no])]
    for number, old in stored_records(connection, seen.shop, differing).items():
        buried_at, new = stored[number].deleted_at, taken.records[number]
        if buried_at is None and old == new:
            continue  # only the order of its keys moved
        rows.append(taken.rows[number])
        changes.extend(changed_fields(old, new, seen, number))
        if buried_at:
            changes.append(change(seen, number, "deleted_at", (iso(buried_at), None)))
    return rows, changes


def _differs(row: Row, before: Stored) -> bool:
    return bool(before.deleted_at) or before.content_hash != row["content_hash"]


def _write_variants(
    connection: Connection, seen: Sighting, taken: Intake, stored: Mapping[int, Stored]
) -> VariantWrite:
    """Write the embedded variants of the products whose variants are not those of last time."""
    new = taken.variants.keys() - stored.keys()
    moved = [no for no in taken.variants.keys() - new if _moved(taken, stored[no])]
    fresh = {no: taken.variants[no] for no in [*new, *moved] if _is_whole(taken.rows[no])}
    written = write_variants(connection, seen, fresh, are_new=new)
    hashes = [{"number": no, "hash": taken.rows[no]["variants_hash"]} for no in moved]
    if hashes:
        rehash = update(PRODUCT).where(
            of_shop(seen.shop), PRODUCT.c.product_no == bindparam("number")
        )
        connection.execute(rehash.values(variants_hash=bindparam("hash")), hashes)
    return written


def _moved(taken: Intake, before: Stored) -> bool:
    now = taken.rows[before.product_no]["variants_hash"]
    return bool(before.deleted_at) or before.variants_hash != now


def _is_whole(row: Row) -> bool:
    """Tell whether the product's variants all came with it; else they are read singly."""
    return bool(row["variants_hash"] != UNREAD_VARIANTS)


def _set_aside(
    connection: Connection,
    seen: Sighting,
    taken: Intake,
    variants: VariantWrite,
    quarantined: set[str],
) -> None:
    """Quarantine what does not fit, and release what does again."""
    if quarantined:
        fits = quarantined & {f"product:{number}" for number in taken.rows}
        release_misfits(connection, seen.shop, fits)
        release_of_products(connection, seen.shop, variants.compared, kind="variant")
        quarantined -= fits
    misfits = taken.misfits + variants.misfits
    write_misfits(connection, misfits)
    quarantined.update(misfit["record_key"] for misfit in misfits)
