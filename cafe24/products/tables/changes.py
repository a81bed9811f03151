"""What changed in a record, as rows of product_change."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Connection, Index, Text, insert
from sqlmodel import Field, SQLModel

from cafe24.database.columns import UtcDateTime
from cafe24.products.tables.catalog import LONGEST_CODE
from cafe24.products.tables.fits import json_text
from cafe24.products.tables.intake import Sighting
from cafe24.products.tables.rows import Record


class ProductChange(SQLModel, table=True):
    """One field that changed, from what to what, and when we saw it.

    Attributes:
        variant_code: empty when the field is the product's own.
        field: Cafe24's name; `deleted_at` when the record went or came back.
        old: the value as Cafe24 wrote it; JSON for lists and objects, NULL for null.
    """

    __tablename__ = "product_change"
    __table_args__: ClassVar[Any] = (
        Index("product_change_product", "mall_id", "shop_no", "product_no", "seen_at"),
        Index("product_change_since", "mall_id", "seen_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    mall_id: str = Field(max_length=63)
    shop_no: int
    product_no: int = Field(sa_type=BigInteger)
    variant_code: str = Field(default="", max_length=LONGEST_CODE)
    field: str
    old: str | None = Field(default=None, sa_type=Text)
    new: str | None = Field(default=None, sa_type=Text)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    sync_run_id: int


ChangeRow = dict[str, Any]

CHANGE = SQLModel.metadata.tables["product_change"]

_SAYS_NOTHING = {"updated_date"}
"""Moves with every other change."""


def changed_fields(
    old: Record, new: Record, seen: Sighting, product_no: int, variant_code: str = ""
) -> Iterator[ChangeRow]:
    """Yield a row for each field that is not what it was."""
    for name in old.keys() | new.keys():
        if old.get(name) != new.get(name) and name not in _SAYS_NOTHING:
            told = _told(old.get(name)), _told(new.get(name))
            yield change(seen, product_no, name, told, variant_code)


def change(
    seen: Sighting,
    product_no: int,
    field: str,
    old_and_new: tuple[str | None, str | None],
    variant_code: str = "",
) -> ChangeRow:
    """Return one row of product_change."""
    old, new = old_and_new
    return {
        "mall_id": seen.shop.mall_id,
        "shop_no": seen.shop.shop_no,
        "product_no": product_no,
        "variant_code": variant_code,
        "field": field,
        "old": old,
        "new": new,
        "seen_at": seen.seen_at,
        "sync_run_id": seen.run_id,
    }


def write_changes(connection: Connection, changes: Sequence[ChangeRow]) -> None:
    """Append the rows."""
    if changes:
        connection.execute(insert(CHANGE), list(changes))


def _told(value: Any) -> str | None:
    """Return a value as Cafe24 wrote it."""
    if isinstance(value, str):
        return value
    return json_text(value)
