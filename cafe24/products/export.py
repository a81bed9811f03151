"""Writes a product table as CSV: exact values, one moment's state, in bounded memory.

The database makes the texts, so that no number is ever a float on the way. Times are
RFC 3339 in UTC, flags Cafe24's T and F, lists and objects JSON; NULL and empty text are
both an empty field, as Cafe24 mixes them too. Deleted rows are left out, and so are the
whole records and their hashes.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TextIO

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    not_,
    select,
    type_coerce,
)

from cafe24.database.columns import UtcDateTime
from cafe24.database.engine import database_errors
from cafe24.errors import UsageError
from cafe24.malls import MallId
from cafe24.products.tables.changes import CHANGE
from cafe24.products.tables.cursor import CURSOR
from cafe24.products.tables.rows import PRODUCT, VARIANT

TableName = Literal["product", "product_variant", "product_change"]

TABLES: dict[TableName, Table] = {
    "product": PRODUCT,
    "product_variant": VARIANT,
    "product_change": CHANGE,
}

LEFT_OUT = {"raw", "detail_raw", "content_hash", "variants_hash"}

AT_ONCE = 2000
"""Rows held in memory."""

_BRING_IN = "Bring it in: .venv/bin/python manage.py sync"

_UTC = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

_FORMULA = re.compile(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""What a cell that runs begins with; the last four are their wide forms in Korean text."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def known_malls(engine: Engine, wanted: MallId | None) -> list[str]:
    """Return the mall, or all that the database holds.

    Raises:
        UsageError: it holds nothing of the mall, or no mall at all.
        DatabaseAway, DatabaseUnusable: unknown.
    """
    with database_errors(), engine.connect() as connection:
        query = select(CURSOR.c.mall_id).distinct().order_by(CURSOR.c.mall_id)
        held = list(connection.execute(query).scalars())
    if not held:
        raise UsageError("The database holds no mall yet.", f"{_BRING_IN} MALL")
    if wanted is None:
        return held
    if wanted not in held:
        raise UsageError(
            f"The database holds nothing of the mall {wanted}.", f"{_BRING_IN} {wanted}"
        )
    return [wanted]


def write_csv(
    engine: Engine, table_name: TableName, malls: Sequence[str], file: TextIO, *, for_excel: bool
) -> int:
    """Write the rows of these malls below a header; return how many.

    Args:
        engine: of the database.
        table_name: which table.
        malls: whose rows.
        file: takes UTF-8, and lines as they are.
        for_excel: write a byte order mark, without which Excel takes UTF-8 for another
            code, and an apostrophe before text that a spreadsheet would run as a formula.

    Raises:
        DatabaseAway, DatabaseUnusable: the file is not whole.
        OSError: likewise.
    """
    table = TABLES[table_name]
    # Lines end as RFC 4180 has it; csv then quotes text that holds either of the two characters.
    writer = csv.writer(file, lineterminator="\r\n")
    if for_excel:
        file.write("\ufeff")
    writer.writerow(column.name for column in _exported(table))
    count = 0
    with database_errors(), engine.connect() as connection:
        for rows in _rows(connection, table, malls):
            writer.writerows(map(_harmless, rows) if for_excel else rows)
            count += len(rows)
    return count


def _exported(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in LEFT_OUT]


def _rows(
    connection: Connection, table: Table, malls: Sequence[str]
) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield the rows, some at a time; one statement, so all are of one moment."""
    streaming = connection.execution_options(yield_per=AT_ONCE)
    yield from streaming.execute(_query(table, malls, connection.dialect.name)).partitions()


def _query(table: Table, malls: Sequence[str], dialect_name: str) -> Select[Any]:
    texts = [_text(column, dialect_name) for column in _exported(table)]
    query = select(*texts).where(table.c.mall_id.in_(malls)).order_by(*table.primary_key)
    return query.where(table.c.deleted_at.is_(None)) if "deleted_at" in table.c else query


def _text(column: Column[Any], dialect_name: str) -> ColumnElement[Any]:
    """Return the value as it is written; SQLite keeps all but flags that way."""
    if isinstance(column.type, Boolean):
        return case((column, "T"), (not_(column), "F"))
    if dialect_name == "sqlite":
        return type_coerce(column, Text)
    if isinstance(column.type, UtcDateTime):
        return func.to_char(func.timezone("UTC", column), _UTC)
    return cast(column, Text)


def _harmless(row: Sequence[Any]) -> list[Any]:
    return [_quoted(cell) if isinstance(cell, str) else cell for cell in row]


def _quoted(text: str) -> str:
    """Return text that a spreadsheet shows instead of running it."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
