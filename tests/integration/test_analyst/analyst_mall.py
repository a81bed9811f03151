"""A sandbox mall with a month behind it, and what it was at each sync, by its own word."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from cafe24.api.client import MallApi
from cafe24.database.columns import iso
from cafe24.products.sync import sync_mall
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.tables.runs import SyncReport
from sandbox.mall.catalogue.fields import LISTED
from tests.integration.test_sync.sandbox_mall import SandboxMall

Record = dict[str, Any]
Held = dict[int, Record]
Change = tuple[datetime, int, int, str, str, str | None, str | None]
"""When, the shop, the product, the variant or nothing, the field, its old and new value."""

SYNCS = (
    datetime(2026, 10, 20, 1, tzinfo=UTC),
    datetime(2026, 11, 5, 1, tzinfo=UTC),
    datetime(2026, 11, 18, 15, 30, tzinfo=UTC),
)
"""The last is on the next day in Korea."""

NO_PRICE = "not a price"


@dataclass
class AnalystMall:
    """The mall, synced three times by a clock that stands still during each.

    Attributes:
        held: what the tables should hold after each sync, by product_no.
        reports: what each sync came to.
        gone_at: when a deleted product was found to be so.
    """

    mall: SandboxMall
    held: list[Held] = field(default_factory=list)
    reports: list[SyncReport] = field(default_factory=list)
    gone_at: dict[int, datetime] = field(default_factory=dict)

    @property
    def now(self) -> Held:
        return self.held[-1]

    def live_a_month(self) -> None:
        """Let the mall change between its syncs."""
        self._sync(SYNCS[0])
        numbers = sorted(self.now)
        self.cheaper, self.back, self.broken, self.returned, *_ = numbers
        self._set(self.cheaper, price=self._times(self.cheaper, 0.5))
        self._set(self.back, price=self._times(self.back, 0.8))
        for number in numbers[10:13]:
            self._set(number, price=self._times(number, 0.9), custom_product_code="KNIT-7")
        for number in numbers[13:18]:
            self._set(number, sold_out="T")
        for number in numbers[18:21]:
            self._sell_out(number)
        self._set(self.broken, price=NO_PRICE)
        self.mall.order("products", {"delete": [self.returned, *numbers[30:35]]})
        self._sync(SYNCS[1])
        self._set(self.cheaper, price=self._times(self.cheaper, 0.9))
        self._set(self.back, price=self.held[0][self.back]["price"])
        for number in numbers[40:43]:
            self._set(number, created_date="2026-11-18T10:00:00+09:00", price="1234.00")
        self._set(numbers[43], supply_price=self.now[numbers[43]]["price"])
        self.mall.order("products", {"restore": [self.returned], "delete": numbers[50:52]})
        self._sync(SYNCS[2])

    def changes(self) -> Iterator[Change]:
        """Tell what the second and the third sync should have seen."""
        for before, after, seen_at in zip(self.held, self.held[1:], SYNCS[1:], strict=False):
            for number in before.keys() & after.keys():
                yield from _changed(before[number], after[number], seen_at)
            for number in before.keys() - after.keys():
                yield seen_at, 1, number, "", "deleted_at", None, iso(seen_at)
        yield from self._came_back()

    def _came_back(self) -> Iterator[Change]:
        was_gone_at, record = iso(SYNCS[1]), self.now[self.returned]
        yield from _changed(self.held[0][self.returned], record, SYNCS[2])
        for code in ("", *(one["variant_code"] for one in record["variants"])):
            yield SYNCS[2], 1, self.returned, code, "deleted_at", was_gone_at, None

    def _sync(self, now: datetime) -> None:
        async def run() -> SyncReport:
            mall = self.mall
            async with MallApi(mall.mall_id, mall.url, mall) as api:
                database = ProductDatabase(mall.engine, now=lambda: now)
                return await sync_mall(api, database, mode="full", detail_calls=1000)

        self.reports.append(asyncio.run(run()))
        truth = self.mall.truth()
        # What does not fit stays as it was.
        truth.update({no: self.now[no] for no in truth if truth[no]["price"] == NO_PRICE})
        gone = self.now.keys() - truth.keys() if self.held else set()
        self.gone_at.update(dict.fromkeys(gone, now))
        self.gone_at = {no: at for no, at in self.gone_at.items() if no not in truth}
        self.held.append(truth)

    def _set(self, number: int, **fields: Any) -> None:
        self.mall.order("products", {"set": [{"product_no": number, "fields": fields}]})

    def _sell_out(self, number: int) -> None:
        variants = self.now[number]["variants"]
        self._set(
            number, variants=[{**one, "quantity": -2, "inventories": None} for one in variants]
        )

    def _times(self, number: int, share: float) -> str:
        return f"{float(self.now[number]['price']) * share:.2f}"


def stock(variant: Record) -> Record:
    """Return a variant with its stock beside the rest, wherever the mall put it."""
    return {**(variant.get("inventories") or {}), **variant}


def _changed(before: Record, after: Record, seen_at: datetime) -> Iterator[Change]:
    number = after["product_no"]
    for name in LISTED.keys() - {"updated_date"}:
        if before.get(name) != after.get(name):
            yield seen_at, 1, number, "", name, _told(before.get(name)), _told(after.get(name))
    olds = {one["variant_code"]: stock(one) for one in before["variants"]}
    for new in map(stock, after["variants"]):
        code = new["variant_code"]
        old = olds[code]
        for name in (old.keys() | new.keys()) - {"inventories"}:
            if old.get(name) != new.get(name):
                yield seen_at, 1, number, code, name, _told(old.get(name)), _told(new.get(name))


def _told(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
