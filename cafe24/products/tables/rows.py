"""Turns one record of Cafe24's into one row, or says why it cannot.

Plain functions over plain dictionaries and tuples: this is the inside of every sync.
Which field becomes what follows from the column types in the catalog.
"""

from collections.abc import Sequence
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
from cafe24.products.tables.fields import Fields, Shape
from cafe24.products.tables.fits import MISFITS
from cafe24.products.tables.raw import LONGEST_SHOWN, Misfit, raw_json

Record = dict[str, Any]
Row = tuple[Any, ...]
"""The values of one row, in the order of `product_columns` or VARIANT_COLUMNS."""

LONGEST_INDEXED = 500
"""Characters; PostgreSQL puts no more than 2,704 bytes into an index. Cafe24 documents 40."""

PRODUCT = SQLModel.metadata.tables["product"]
VARIANT = SQLModel.metadata.tables["product_variant"]

LISTED = Fields.of(ListedProduct, PRODUCT)
DETAILED = Fields.of(DetailedProduct, PRODUCT)
OF_VARIANT = Fields.of(ListedVariant, VARIANT)

KEPT_COLUMNS = ("mall_id", "shop_no", "content_hash", "first_seen_at", "changed_at", "raw")
"""What every row begins with."""

VARIANT_COLUMNS = (*KEPT_COLUMNS, "product_no", "variant_code", *OF_VARIANT.names)

_KNOWN = frozenset(LISTED.names) | {"shop_no", "product_no", "variants"}


def product_columns(fields: Fields = LISTED) -> tuple[str, ...]:
    """Return the columns of a product's row that holds these of a listed product's fields."""
    return (*KEPT_COLUMNS, "product_no", "variants_hash", *fields.names)


def listed_values(record: Record, fields: Fields = LISTED) -> Sequence[Any]:
    """Return the values of these fields of a listed product.

    Raises:
        Misfit: with the field and the reason.
    """
    code = record.get("custom_product_code")
    if isinstance(code, str) and len(code) > LONGEST_INDEXED:
        raise Misfit(f"custom_product_code: {_shown(code)} is too long")
    return _values(record, fields)


def variant_values(record: Record) -> Sequence[Any]:
    """Return the values of the columns that a variant fills.

    Raises:
        Misfit: with the field and the reason.
    """
    return _values(with_stock(record), OF_VARIANT)


def detail_columns(record: Record) -> dict[str, Any]:
    """Return the columns that only a product's detail gives, `detail_raw` among them.

    Raises:
        Misfit: with the field and the reason.
    """
    columns = dict(zip(DETAILED.names, _values(record, DETAILED), strict=True))
    only_there = {name: value for name, value in record.items() if name not in _KNOWN}
    return {**columns, "detail_raw": raw_json(only_there).decode()}


def with_stock(record: Record) -> Record:
    """Return a variant's record with its stock beside the other fields.

    In newer answers the stock stands in `inventories` alone; what stands beside it
    wins.
    """
    stock = record.get("inventories")
    if not isinstance(stock, dict):
        return record
    return {**stock, **{name: record[name] for name in record if name != "inventories"}}


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
        Misfit: it has none, or none that a database's text and key can hold.
    """
    code = record.get("variant_code")
    if not isinstance(code, str) or not 0 < len(code) <= LONGEST_CODE or not code.isprintable():
        raise Misfit(f"variant_code: {_shown(code)} is no variant code")
    return code


def check_shop(record: Record, shop: Shop) -> None:
    """Make sure that the record is of the shop that was asked.

    Raises:
        Misfit: it says that it is another's.
    """
    if record.get("shop_no", shop.shop_no) != shop.shop_no:
        raise Misfit(f"shop_no: {_shown(record['shop_no'])}, where {shop.shop_no} was asked")


def unknown_fields(shape: Shape) -> set[str]:
    """Return the names that no column has. They are kept in `raw`."""
    return set(shape) - _KNOWN


def _values(record: Record, fields: Fields) -> Sequence[Any]:
    try:
        return fields.values(record)
    except MISFITS:
        raise _first_misfit(record, fields) from None


def _first_misfit(record: Record, fields: Fields) -> Misfit:
    for names, fit in fields.groups:
        for name in names:
            value = record.get(name)
            try:
                list(fit([value]))
            except MISFITS:
                return Misfit(f"{name}: {_shown(value)} does not fit its column")
    raise AssertionError  # one of them just did not fit


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
