"""Writes rows in bulk, by the driver itself: SQLAlchemy's parameters cost as much again.

Rows that are new are inserted, on PostgreSQL by COPY; rows that are there are written
over. Which are new is known before: every write holds the shop's lease.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError

from cafe24.products.tables.rows import PRODUCT, Row

Columns = tuple[str, ...]

AT_ONCE = 100
"""Rows in one statement of SQLite's, which takes 32,766 parameters: a page of products."""

_NULL = math.nan
"""What SQLite keeps as NULL, as it documents. For None its driver takes nine times as long."""

_NEVER_UPDATED = {"first_seen_at"}
_KEPT_WHEN_NULL = {"variants_hash"}
_CLEARED = ("deleted_at", "missing_since")
"""What is written is there: it is neither deleted nor missing."""


def insert_rows(
    connection: Connection, table: Table, columns: Columns, rows: Iterable[Row]
) -> None:
    """Write rows with these columns, whose keys are not in the table; the others stay NULL."""
    left = iter(rows)
    first = next(left, None)
    if first is None:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, columns, chain([first], left))
    else:
        _insert_many(connection, table, columns, [first, *left])


def overwrite_rows(
    connection: Connection, table: Table, columns: Columns, rows: Sequence[Row]
) -> None:
    """Write these columns of rows that are there; what only a product's detail gives stays."""
    if rows:
        connection.exec_driver_sql(_overwrite(table, columns, connection.dialect), list(rows))


def update_product(connection: Connection, key: Row, columns: Mapping[str, Any]) -> None:
    """Write some columns of the product with this mall_id, shop_no and product_no."""
    name = connection.dialect.identifier_preparer.quote
    mark = _mark(connection.dialect)
    written = ", ".join(f"{name(column)} = {mark}" for column in columns)
    which = " AND ".join(f"{column.name} = {mark}" for column in PRODUCT.primary_key)
    sql = f"UPDATE product SET {written} WHERE {which}"  # noqa: S608 - names from our models
    connection.exec_driver_sql(sql, (*columns.values(), *key))


def _insert_many(
    connection: Connection, table: Table, columns: Columns, rows: Sequence[Row]
) -> None:
    """Insert the rows, a hundred in a statement, and what is left of them one by one.

    SQLite's driver lets go of the interpreter for a statement, not for each of its rows:
    while a hundred are written, the next pages are read and converted.
    """
    together = len(rows) - len(rows) % AT_ONCE
    sql = _insert(table, columns, connection.dialect, AT_ONCE)
    for start in range(0, together, AT_ONCE):
        some = rows[start : start + AT_ONCE]
        values = [_NULL if value is None else value for row in some for value in row]
        connection.exec_driver_sql(sql, tuple(values))
    if left := rows[together:]:
        connection.exec_driver_sql(_insert(table, columns, connection.dialect), list(left))


def _copy(connection: Connection, table: Table, columns: Columns, rows: Iterable[Row]) -> None:
    names = _names(columns, connection.dialect)
    sql = f"COPY {table.name} ({names}) FROM STDIN"
    driver: psycopg.Connection[Any] = cast("Any", connection.connection.driver_connection)
    try:
        with driver.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as failure:  # SQLAlchemy does not see this one go by
        raise DBAPIError.instance(
            sql, None, failure, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from failure


@lru_cache
def _insert(table: Table, columns: Columns, dialect: Dialect, rows: int = 1) -> str:
    names = _names(columns, dialect)
    marks = ", ".join([_mark(dialect)] * len(columns))
    values = ", ".join([f"({marks})"] * rows)
    return f"INSERT INTO {table.name} ({names}) VALUES {values}"  # noqa: S608 - names from our models


@lru_cache
def _overwrite(table: Table, columns: Columns, dialect: Dialect) -> str:
    name = dialect.identifier_preparer.quote
    keys = [column.name for column in table.primary_key]
    written = [
        f"{name(column)} = {_new(table, name(column))}"
        for column in columns
        if column not in {*keys, *_NEVER_UPDATED}
    ]
    written += [f"{column} = NULL" for column in _CLEARED if column in table.columns]
    return (
        f"{_insert(table, columns, dialect)} ON CONFLICT ({', '.join(keys)}) "
        f"DO UPDATE SET {', '.join(written)}"
    )


def _new(table: Table, column: str) -> str:
    if column in _KEPT_WHEN_NULL:
        return f"coalesce(excluded.{column}, {table.name}.{column})"
    return f"excluded.{column}"


def _names(columns: Columns, dialect: Dialect) -> str:
    return ", ".join(map(dialect.identifier_preparer.quote, columns))


def _mark(dialect: Dialect) -> str:
    """Return what stands for a parameter in the driver's SQL."""
    return "?" if dialect.name == "sqlite" else "%s"
