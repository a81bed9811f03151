"""Writes pages of products: only what changed, with the cursor, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection

from cafe24.api.pages import Page
from cafe24.database.columns import iso
from cafe24.products.tables.changes import ChangeRow, change, changed_fields, write_changes
from cafe24.products.tables.fields import Fields
from cafe24.products.tables.intake import (
    UNREAD_VARIANTS,
    Intake,
    Sighting,
    numbers_of,
    shapes_of,
    take_in,
)
from cafe24.products.tables.quarantine import release_misfits, release_of_products, write_misfits
from cafe24.products.tables.raw import Misfit
from cafe24.products.tables.rows import LISTED, PRODUCT, Row, product_columns
from cafe24.products.tables.statements import insert_rows, overwrite_rows
from cafe24.products.tables.stored import (
    Stored,
    mark_numbers_missing,
    rehash_variants,
    stored_between,
    stored_products,
    stored_records,
    unmark_missing,
)
from cafe24.products.tables.variants import VariantWrite, has_variants, write_variants


@dataclass(slots=True)
class Tally:
    """What writing came to, in products.

    Attributes:
        unread_variants: those whose variants must be read on their own.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    unknown_fields: Counter[str] = field(default_factory=Counter)
    unread_variants: set[int] = field(default_factory=set)

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for name in ("new", "changed", "unchanged", "duplicates"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unknown_fields.update(other.unknown_fields)
        self.unread_variants |= other.unread_variants


@dataclass(slots=True)
class _PageWrite:
    """A page on its way into the tables.

    Attributes:
        page: as it came.
        stored: what is stored of its products, by product_no.
        is_of_whole_list: what its range holds besides is missing from the mall.
        taken: what it brings, once `_new_rows` has looked.
    """

    page: Page
    stored: dict[int, Stored]
    is_of_whole_list: bool
    taken: Intake = field(default_factory=Intake)

    @property
    def new(self) -> set[int]:
        """The products that are not stored yet and fit, as far as they were looked at."""
        return self.taken.products.keys() - self.stored.keys()


def write_pages(
    connection: Connection,
    seen: Sighting,
    pages: Sequence[Page],
    quarantined: set[str],
    *,
    finds_missing: bool,
) -> list[Tally]:
    """Write pages and return what each came to.

    New products go in together, however many pages they are on: it saves PostgreSQL's
    answers, and while it takes one row in the next is made. So is the next page looked at.

    Args:
        connection: of a transaction that holds the shop's lease.
        seen: by which run and when.
        pages: each of the records after `since`, up to `last`; no two of one range.
        quarantined: keys of the records set aside in this shop; kept up to date.
        finds_missing: the pages are of a whole list, so a stored number between the
            ends of one that is not on it is missing from the mall.
    """
    writes = _begun(connection, seen, pages, finds_missing=finds_missing)
    fields = LISTED.occurring(shapes_of(record for page in pages for record in page.records))
    new = chain.from_iterable(_new_rows(one, seen, fields) for one in writes)
    insert_rows(connection, PRODUCT, product_columns(fields), new)
    return [_finished(connection, seen, one, quarantined) for one in writes]


def _begun(
    connection: Connection, seen: Sighting, pages: Sequence[Page], *, finds_missing: bool
) -> list[_PageWrite]:
    """Return the pages beside what is stored of them."""
    if not finds_missing:
        held = (stored_products(connection, seen.shop, numbers_of(one.records)) for one in pages)
        return [_PageWrite(*both, is_of_whole_list=False) for both in zip(pages, held, strict=True)]
    stored = stored_between(connection, seen.shop, [(page.since, page.last) for page in pages])
    return [
        _PageWrite(
            page,
            {number: row for number, row in stored.items() if page.since < number <= page.last},
            is_of_whole_list=True,
        )
        for page in pages
    ]


def _new_rows(write: _PageWrite, seen: Sighting, fields: Fields) -> Iterator[Row]:
    """Take the page in, and yield the rows of its products that are not stored yet."""
    write.taken = take_in(write.page.records, seen, with_variants=write.page.with_variants)
    yield from _rows(write.taken, write.new, seen, fields)


def _mark_missing(
    connection: Connection, seen: Sighting, taken: Intake, stored: Mapping[int, Stored]
) -> None:
    missing = [
        number
        for number in stored.keys() - taken.present
        if not (stored[number].deleted_at or stored[number].missing_since)
    ]
    mark_numbers_missing(connection, seen, missing)


def _finished(
    connection: Connection, seen: Sighting, page: _PageWrite, quarantined: set[str]
) -> Tally:
    """Write all of a page but its new products, which are there."""
    taken, stored = page.taken, page.stored
    if page.is_of_whole_list:
        _mark_missing(connection, seen, taken, stored)
    changed, changes = _overwrite_changed(connection, seen, taken, stored)
    variants = _write_variants(connection, seen, taken, stored)
    unread = _note_unread_variants(connection, seen, page)
    write_changes(connection, changes + variants.changes)
    unmark_missing(
        connection,
        seen.shop,
        [no for no in taken.present if no in stored and stored[no].missing_since],
    )
    _set_aside(connection, seen, taken, variants, quarantined)
    all_changed = changed | (variants.changed & stored.keys())
    return Tally(
        new=len(page.new),
        changed=len(all_changed),
        unchanged=len(taken.products) - len(page.new) - len(all_changed),
        duplicates=taken.duplicates,
        unknown_fields=taken.unknown,
        unread_variants=unread,
    )


def _rows(
    taken: Intake, numbers: Iterable[int], seen: Sighting, fields: Fields = LISTED
) -> Iterator[Row]:
    """Yield the rows of these products; one that fits none is set aside."""
    for number in sorted(numbers):
        try:
            yield taken.products[number].row(number, seen, fields)
        except Misfit as misfit:
            taken.set_aside(number, str(misfit), seen)


def _overwrite_changed(
    connection: Connection, seen: Sighting, taken: Intake, stored: Mapping[int, Stored]
) -> tuple[set[int], list[ChangeRow]]:
    """Write what differs from what is stored; return which, and the history of its fields."""
    differing = [no for no in taken.products if no in stored and _differs(taken, stored[no])]
    before = stored_records(connection, seen.shop, differing)
    moved = {no for no in differing if stored[no].deleted_at or before[no] != taken.record(no)}
    overwrite_rows(connection, PRODUCT, product_columns(), list(_rows(taken, moved, seen)))
    changes: list[ChangeRow] = []
    fitting = moved & taken.products.keys()
    for number in sorted(fitting):
        changes += changed_fields(before[number], taken.record(number), seen, number)
        if buried_at := stored[number].deleted_at:
            changes.append(change(seen, number, "deleted_at", (iso(buried_at), None)))
    return fitting, changes


def _differs(taken: Intake, before: Stored) -> bool:
    now = taken.products[before.product_no]
    return bool(before.deleted_at) or before.content_hash != now.content_hash


def _write_variants(
    connection: Connection, seen: Sighting, taken: Intake, stored: Mapping[int, Stored]
) -> VariantWrite:
    """Write the embedded variants of the products whose variants are not those of last time."""
    given = {no for no, product in taken.products.items() if product.variants is not None}
    moved = {no for no in given & stored.keys() if _variants_differ(taken, stored[no])}
    new = given - stored.keys()
    fresh = {no: taken.products[no].whole_variants for no in sorted(new | moved)}
    whole = {no: variants for no, variants in fresh.items() if variants is not None}
    written = write_variants(connection, seen, whole, are_new=new)
    rehash_variants(
        connection, seen.shop, {no: taken.products[no].variants_hash for no in sorted(moved)}
    )
    return written


def _note_unread_variants(connection: Connection, seen: Sighting, page: _PageWrite) -> set[int]:
    """Return the products whose variants must be read on their own, having noted that.

    A list is cut at a hundred. Where a mall that gives variants gave none, they may
    have changed; one that never gives any has none to read.
    """
    products, stored = page.taken.products, page.stored
    cut = {no for no, product in products.items() if product.variants_hash == UNREAD_VARIANTS}
    lost = {no for no, product in products.items() if product.lacks_variants}
    if page.is_of_whole_list:  # new ones are looked for behind the last page
        lost = {no for no in lost if no in stored and stored[no].variants_hash is not None}
    elif lost and not has_variants(connection, seen.shop):
        lost = set()
    rehash_variants(connection, seen.shop, dict.fromkeys(sorted(lost), UNREAD_VARIANTS))
    return cut | lost


def _variants_differ(taken: Intake, before: Stored) -> bool:
    now = taken.products[before.product_no]
    return bool(before.deleted_at) or before.variants_hash != now.variants_hash


def _set_aside(
    connection: Connection,
    seen: Sighting,
    taken: Intake,
    variants: VariantWrite,
    quarantined: set[str],
) -> None:
    """Quarantine what does not fit, and release what does again."""
    if quarantined:
        fits = quarantined & {f"product:{number}" for number in taken.products}
        release_misfits(connection, seen.shop, fits)
        release_of_products(connection, seen.shop, variants.compared, kind="variant")
        quarantined -= fits
    misfits = taken.misfits + variants.misfits
    write_misfits(connection, misfits)
    quarantined.update(misfit["record_key"] for misfit in misfits)
