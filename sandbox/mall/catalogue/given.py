"""Products from a file, served as they are."""

from pathlib import Path
from typing import Any

import orjson

from sandbox.mall.catalogue.catalogue import NUMBERS
from sandbox.mall.catalogue.invention import Birth
from sandbox.mall.catalogue.product import Inventor, Product
from sandbox.mall.catalogue.variants import are_variants
from sandbox.mall.clock import read_moment

Record = dict[str, Any]


class UnusableFile(Exception):
    """One line that says what is wrong with the file and what would be right."""


def read_records(path: Path) -> list[Record]:
    """Read product records: a list, `{"products": [...]}`, `{"product": {...}}` or one record.

    Raises:
        UnusableFile: it cannot be read, is no JSON, or holds no such records.
    """
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as refusal:
        raise UnusableFile(f"{path} cannot be read: {refusal.strerror}.") from None
    except orjson.JSONDecodeError as refusal:
        raise UnusableFile(f"{path} is no JSON: {refusal}.") from None
    records = _records(found)
    if records is None:
        raise UnusableFile(
            f"{path} holds no products: give a JSON list of product records, "
            '{"products": [...]}, {"product": {...}} or one record.'
        )
    _check(path, records)
    return records


def given_products(records: list[Record], inventor: Inventor) -> list[Product]:
    """Return the records as products, untouched; `variants` inside become their variants."""
    return [_product(record, inventor) for record in records]


def _records(found: Any) -> list[Record] | None:
    if isinstance(found, dict) and isinstance(found.get("product"), dict):
        return [found["product"]]
    if isinstance(found, dict) and "product_no" in found:
        return [found]
    if isinstance(found, dict):
        found = found.get("products")
    return found if isinstance(found, list) else None


def _check(path: Path, records: list[Record]) -> None:
    seen: set[int] = set()
    for place, record in enumerate(records, start=1):
        number = record.get("product_no") if isinstance(record, dict) else None
        if type(number) is not int or number not in NUMBERS:
            raise UnusableFile(f"{path}: record {place} has no product_no, a whole number above 0.")
        if number in seen:
            raise UnusableFile(f"{path}: product_no {number} stands there twice.")
        if not are_variants(record.get("variants") or []):
            raise UnusableFile(f"{path}: the variants of product_no {number} are no objects.")
        seen.add(number)


def _product(record: Record, inventor: Inventor) -> Product:
    birth = Birth(
        record["product_no"], _epoch(record, "created_date"), _epoch(record, "updated_date")
    )
    product = Product(birth, inventor)
    fields = {name: value for name, value in record.items() if name != "variants"}
    product.hold(fields, record.get("variants") or [])
    return product


def _epoch(record: Record, name: str) -> int:
    """Return a record's time; one that has none is as old as time itself."""
    try:
        return int(read_moment(record[name]).timestamp())
    except (KeyError, TypeError, ValueError):
        return 0
