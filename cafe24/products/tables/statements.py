"""The bulk upserts: compiled once a dialect, run by the driver itself.

Going through SQLAlchemy's parameters costs as much again as the database does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg

from cafe24.products.tables.catalog import DetailedProduct
from cafe24.products.tables.rows import PRODUCT, VARIANT, Row

_NEVER_UPDATED = {"first_seen_at"}
_DETAIL = {*DetailedProduct.model_fields, "detail_raw", "detail_seen_at"}
_KEPT_WHEN_NULL = {"variants_hash"}


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL as a driver takes it, and the order of its parameters where they have no names."""

    sql: str
    order: tuple[str, ...] | None


def upsert_products(connection: Connection, rows: Sequence[Row]) -> None:
    """Write listed products over what is there; what only the detail gives stays."""
    _run(connection, _upsert(connection.dialect.name, PRODUCT.name), rows)


def upsert_variants(connection: Connection, rows: Sequence[Row]) -> None:
    """Write variants over what is there."""
    _run(connection, _upsert(connection.dialect.name, VARIANT.name), rows)


def update_detail(connection: Connection, row: Row) -> None:
    """Write what only a product's detail gives. `row` has `detail_seen_at` and `key_*` too."""
    given = tuple(name for name in row if name in _DETAIL)
    _run(connection, _update(connection.dialect.name, given), [row])


def _run(connection: Connection, statement: _Statement, rows: Sequence[Row]) -> None:
    if not rows:
        return
    if statement.order is None:
        connection.exec_driver_sql(statement.sql, list(rows))
    else:
        in_order = itemgetter(*statement.order)
        connection.exec_driver_sql(statement.sql, [in_order(row) for row in rows])


@lru_cache
def _upsert(dialect_name: str, table_name: str) -> _Statement:
    table = PRODUCT if table_name == PRODUCT.name else VARIANT
    names = [c.name for c in table.columns if c.name not in _DETAIL or table is VARIANT]
    insert = sqlite.insert if dialect_name == "sqlite" else postgresql.insert
    statement = insert(table).values({name: bindparam(name) for name in names})
    keys = {column.name for column in table.primary_key}
    written = {
        name: _new_value(statement, table, name)
        for name in names
        if name not in keys and name not in _NEVER_UPDATED
    }
    return _compiled(
        statement.on_conflict_do_update(index_elements=table.primary_key, set_=written),
        dialect_name,
    )


@lru_cache
def _update(dialect_name: str, names: tuple[str, ...]) -> _Statement:
    # SQLAlchemy keeps the columns' own names for what is set.
    keys = [column == bindparam(f"key_{column.name}") for column in PRODUCT.primary_key]
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return _compiled(update(PRODUCT).where(*keys).values(values), dialect_name)


def _new_value(statement: Any, table: Table, name: str) -> Any:
    new = statement.excluded[name]
    return func.coalesce(new, table.c[name]) if name in _KEPT_WHEN_NULL else new


def _compiled(statement: Any, dialect_name: str) -> _Statement:
    """Return the SQL: SQLite's with parameters by position, which it binds faster."""
    dialect: Any = sqlite.dialect if dialect_name == "sqlite" else psycopg.dialect
    compiled = statement.compile(dialect=dialect())
    order = tuple(compiled.positiontup) if compiled.positiontup else None
    return _Statement(str(compiled), order)
