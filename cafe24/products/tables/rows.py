"""Turns one record of Cafe24's into one row, or says why it cannot.

Plain functions over plain dictionaries: this is the inside of every sync. Which
field becomes what follows from the column types in the catalog.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel

from cafe24.api.pages import LARGEST_PRODUCT_NO
from cafe24.products.tables.catalog import (
    LONGEST_CODE,
    DetailedProduct,
    ListedProduct,
    ListedVariant,
    Shop,
)
from cafe24.products.tables.fits import MISFITS, Fields, fields_of, names_of
from cafe24.products.tables.raw import LONGEST_SHOWN, Misfit, digest, raw_json

Record = dict[str, Any]
Row = dict[str, Any]

LONGEST_INDEXED = 500
"""Characters; PostgreSQL puts no more than 2,704 bytes into an index. Cafe24 documents 40."""

PRODUCT = SQLModel.metadata.tables["product"]
VARIANT = SQLModel.metadata.tables["product_variant"]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The fields of each kind of record, with the values a database wants."""

    listed: Fields
    detailed: Fields
    variant: Fields


def shapes(*, as_text: bool) -> Shapes:
    """Return the shapes; `as_text` for SQLite, which keeps decimals and times as text."""
    return Shapes(
        fields_of(ListedProduct, PRODUCT, as_text=as_text),
        fields_of(DetailedProduct, PRODUCT, as_text=as_text),
        fields_of(ListedVariant, VARIANT, as_text=as_text),
    )


VALUES = shapes(as_text=False)
TEXTS = shapes(as_text=True)

_KNOWN = frozenset(names_of(VALUES.listed)) | {"shop_no", "product_no", "variants"}


def row_from_record(
    record: Record, shop: Shop, seen_at: datetime | str, shapes: Shapes = VALUES
) -> Row:
    """Return the row of a listed product.

    Args:
        record: one of `products`, without its `variants`.
        shop: the mall and the shop that were asked; a record of another does not fit.
        seen_at: when it was read, as the database wants it.
        shapes: `TEXTS` for SQLite.

    Raises:
        Misfit: with the field and the reason.
    """
    row = _kept(record, shop, seen_at)
    row["product_no"] = product_no_of(record)
    row["missing_since"] = row["variants_hash"] = None
    _fill(row, record, shapes.listed)
    if len(row["custom_product_code"] or "") > LONGEST_INDEXED:
        raise Misfit(f"custom_product_code: {_shown(row['custom_product_code'])} is too long")
    return row


def row_from_variant(
    record: Record,
    product_no: int,
    shop: Shop,
    seen_at: datetime | str,
    shapes: Shapes = VALUES,
) -> Row:
    """Return the row of one variant of the product `product_no`.

    Raises:
        Misfit: with the field and the reason.
    """
    row = _kept(record, shop, seen_at)
    row["variant_code"] = variant_code_of(record)
    row["product_no"] = product_no
    _fill(row, with_stock(record), shapes.variant)
    return row


def with_stock(record: Record) -> Record:
    """Return a variant's record with its stock beside the other fields.

    In newer answers the stock stands in `inventories` alone; what stands beside it
    wins.
    """
    stock = record.get("inventories")
    if not isinstance(stock, dict):
        return record
    return {**stock, **{name: record[name] for name in record if name != "inventories"}}


def detail_from_record(record: Record, shapes: Shapes = VALUES) -> Row:
    """Return the columns that only a product's detail gives, `detail_raw` among them.

    Raises:
        Misfit: with the field and the reason.
    """
    row: Row = {}
    _fill(row, record, shapes.detailed)
    row["detail_raw"] = raw_json({k: v for k, v in record.items() if k not in _KNOWN}).decode()
    return row


def product_no_of(record: Record) -> int:
    """Return the record's number.

    Raises:
        Misfit: it has none that is a whole number above 0.
    """
    number = record.get("product_no")
    if type(number) is not int or not 0 < number <= LARGEST_PRODUCT_NO:
        raise Misfit(f"product_no: {_shown(number)} is no product number")
    return number


def variant_code_of(record: Record) -> str:
    """Return the variant's code.

    Raises:
        Misfit: it has none, or one that no key can be.
    """
    code = record.get("variant_code")
    if not isinstance(code, str) or not 0 < len(code) <= LONGEST_CODE or not code.isprintable():
        raise Misfit(f"variant_code: {_shown(code)} is no variant code")
    return code


def unknown_fields(record: Record) -> set[str]:
    """Return the names that no column has. They are kept in `raw`."""
    return set() if record.keys() <= _KNOWN else set(record.keys() - _KNOWN)


def _kept(record: Record, shop: Shop, seen_at: datetime | str) -> Row:
    if record.get("shop_no", shop.shop_no) != shop.shop_no:
        raise Misfit(f"shop_no: {_shown(record['shop_no'])}, where {shop.shop_no} was asked")
    raw = raw_json(record)
    return {
        "mall_id": shop.mall_id,
        "shop_no": shop.shop_no,
        "raw": raw.decode(),
        "content_hash": digest(raw),
        "first_seen_at": seen_at,
        "changed_at": seen_at,
        "deleted_at": None,
    }


def _fill(row: Row, record: Record, fields: Fields) -> None:
    """Put every field into the row, a group at a time: the loops are C's, for speed."""
    try:
        for names, fit in fields:
            row.update(zip(names, map(fit, map(record.get, names)), strict=True))
    except MISFITS:
        raise _first_misfit(record, fields) from None


def _first_misfit(record: Record, fields: Fields) -> Misfit:
    for names, fit in fields:
        for name in names:
            try:
                fit(record.get(name))
            except MISFITS:
                return Misfit(f"{name}: {_shown(record.get(name))} does not fit its column")
    raise AssertionError  # one of them just did not fit


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
