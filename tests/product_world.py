"""A small mall together with the tables it is synced into, and a clock moved by hand."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Engine, text

from cafe24.database.columns import iso
from cafe24.products.sync import sync_mall
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.tables.runs import SyncReport
from tests.small_mall import SmallMall, product


@dataclass
class World:
    """A mall, its tables, and a clock that moves by hand."""

    engine: Engine
    mall: SmallMall = field(default_factory=SmallMall)
    now: datetime = datetime(2026, 11, 24, 3, tzinfo=UTC)

    def stock(self, *numbers: int, **fields: Any) -> None:
        for number in numbers:
            self.mall.products[number] = product(number, **fields)

    def change(self, number: int, **fields: Any) -> None:
        """Change a product so that Cafe24 dates it."""
        self.mall.products[number] = {**self.mall.products[number], **fields}
        self.mall.changed.add(number)

    def sync(self, **options: Any) -> SyncReport:
        self.mall.calls.clear()

        async def run() -> SyncReport:
            async with self.mall.api() as api:
                return await sync_mall(api, self.database(), **options)

        report = asyncio.run(run())
        self.now += timedelta(hours=1)
        return report

    def database(self) -> ProductDatabase:
        return ProductDatabase(self.engine, now=lambda: self.now)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """Return what lies in the tables, in the same words on either database."""
        with self.engine.connect() as connection:
            return [tuple(map(_plain, row)) for row in connection.execute(text(sql), values)]

    def one(self, sql: str, **values: Any) -> Any:
        (row,) = self.rows(sql, **values)
        return row[0] if len(row) == 1 else row

    def numbers(self) -> list[int]:
        """Return the numbers that are held and not deleted."""
        query = "SELECT product_no FROM product WHERE deleted_at IS NULL ORDER BY product_no"
        return [row[0] for row in self.rows(query)]


def _plain(value: Any) -> Any:
    """Say a value that PostgreSQL has a type for as SQLite keeps it."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Decimal):
        return str(value)
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
