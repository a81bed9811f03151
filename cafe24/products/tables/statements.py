"""Writes rows in bulk, by the driver itself: SQLAlchemy's parameters cost as much again.

Rows that are new are inserted, on PostgreSQL by COPY; rows that are there are written
over. Which are new is known before: every write holds the shop's lease.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError

from cafe24.products.tables.rows import (
    PRODUCT,
    PRODUCT_COLUMNS,
    VARIANT,
    VARIANT_COLUMNS,
    Row,
)

_COLUMNS = {PRODUCT: PRODUCT_COLUMNS, VARIANT: VARIANT_COLUMNS}
MOST_PARAMETERS = 32_766
"""Of one statement, by SQLite's default since 3.32."""

_NEVER_UPDATED = {"first_seen_at"}
_KEPT_WHEN_NULL = {"variants_hash"}
_CLEARED = ("deleted_at", "missing_since")
"""What is written is there: it is neither deleted nor missing."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write products or variants whose keys are not in their table."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        for some in _batches(rows, MOST_PARAMETERS // len(_COLUMNS[table])):
            sql = _insert(table, connection.dialect, len(some))
            connection.exec_driver_sql(sql, tuple(chain.from_iterable(some)))


def overwrite_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write rows over those of the same keys; what only a product's detail gives stays."""
    if rows:
        connection.exec_driver_sql(_overwrite(table, connection.dialect), list(rows))


def update_product(connection: Connection, key: Row, columns: Mapping[str, Any]) -> None:
    """Write some columns of the product with this mall_id, shop_no and product_no."""
    name = connection.dialect.identifier_preparer.quote
    mark = _mark(connection.dialect)
    written = ", ".join(f"{name(column)} = {mark}" for column in columns)
    which = " AND ".join(f"{column.name} = {mark}" for column in PRODUCT.primary_key)
    sql = f"UPDATE product SET {written} WHERE {which}"  # noqa: S608 - names from our models
    connection.exec_driver_sql(sql, (*columns.values(), *key))


def _copy(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    names = _names(table, connection.dialect)
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


def _batches(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


@lru_cache
def _insert(table: Table, dialect: Dialect, rows: int = 1) -> str:
    """Return the statement for so many rows at once.

    SQLite's driver lets go of the interpreter for a statement, not for each of its rows:
    while it writes, the next pages are read and converted.
    """
    names = _names(table, dialect)
    marks = ", ".join(_mark(dialect) for _ in _COLUMNS[table])
    values = ", ".join([f"({marks})"] * rows)
    return f"INSERT INTO {table.name} ({names}) VALUES {values}"  # noqa: S608 - names from our models


@lru_cache
def _overwrite(table: Table, dialect: Dialect) -> str:
    name = dialect.identifier_preparer.quote
    keys = [column.name for column in table.primary_key]
    written = [
        f"{name(column)} = {_new(table, name(column))}"
        for column in _COLUMNS[table]
        if column not in {*keys, *_NEVER_UPDATED}
    ]
    written += [f"{column} = NULL" for column in _CLEARED if column in table.columns]
    return (
        f"{_insert(table, dialect)} ON CONFLICT ({', '.join(keys)}) "
        f"DO UPDATE SET {', '.join(written)}"
    )


def _new(table: Table, column: str) -> str:
    if column in _KEPT_WHEN_NULL:
        return f"coalesce(excluded.{column}, {table.name}.{column})"
    return f"excluded.{column}"


def _names(table: Table, dialect: Dialect) -> str:
    return ", ".join(map(dialect.identifier_preparer.quote, _COLUMNS[table]))


def _mark(dialect: Dialect) -> str:
    """Return what stands for a parameter in the driver's SQL."""
    return "?" if dialect.name == "sqlite" else "%s"
