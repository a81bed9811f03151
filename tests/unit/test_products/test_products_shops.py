"""Every shop of a mall: each is synced, each is told, whatever the others come to."""

import asyncio
from collections import deque
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from cafe24.errors import Cafe24Away, DeletionBraked, MallBusy
from cafe24.products.shops import ShopSync, Wish, shops_of, sync_shops, weightiest_failure
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.runs import SyncReport
from tests.product_world import World
from tests.small_mall import MALL, SmallMall, product, refused, told


class TwoShops(SmallMall):
    """A mall whose second shop has products of its own; `broken` answers 503 to one shop's."""

    broken = 0

    def _told(self, path: str, query: dict[str, str]) -> httpx.Response:
        if int(query["shop_no"]) == self.broken and path == "products":
            return refused(503)
        return super()._told(path, query)

    def _listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        shop_no = int(query["shop_no"])
        return [{**one, "shop_no": shop_no} for one in super()._listed(query)]


@pytest.fixture
def world(engine: Engine) -> World:
    world = World(engine, TwoShops())
    world.stock(*range(1, 151))
    return world


def synced(world: World, **wish: Any) -> list[ShopSync]:
    shops = shops_of(MALL, [1, 2])

    async def run() -> None:
        async with world.mall.api() as api:
            await sync_shops(api, world.database(), shops, Wish(**wish))

    asyncio.run(run())
    return shops


def test_one_shop_that_fails_does_not_stop_the_others(world: World) -> None:
    world.mall.broken = 1  # type: ignore[attr-defined]
    first, second = synced(world)
    assert isinstance(first.failure, Cafe24Away)
    assert (first.report.outcome, second.report.outcome) == ("failed", "synced")
    assert (second.failure, second.report.stored) == (None, 150)


def test_a_shop_that_fails_tells_what_it_did_before(world: World) -> None:
    world.mall.faults_on["products"] = deque([None, *[lambda _: refused(503)] * 6])
    first, _ = synced(world)
    report = first.report
    assert (report.mode, report.outcome) == ("full", "failed")
    assert (report.source, report.stored, report.new) == (None, 100, 100)
    assert report.calls == 10  # a count, a page, two counts beside the last page and its tries
    assert report.wait_s > 0
    assert report.reason == (
        "no full read had ended before; products answered 503 (Refused.). "
        "It was tried several times. What was read is kept: run it again later."
    )
    row = world.one("SELECT outcome, source, stored, new, calls FROM sync_run WHERE shop_no = 1")
    assert row == ("failed", None, 100, 100, 10)


def test_one_that_another_sync_holds_is_busy(world: World) -> None:
    world.database().begin(Shop(MALL, 1))
    first, second = synced(world)
    assert isinstance(first.failure, MallBusy)
    assert (first.report.outcome, first.report.mode) == ("busy", None)
    assert "Run it again when that one has ended." in first.report.reason
    assert second.report.outcome == "synced"


def test_one_that_was_braked_says_so_and_what_to_do(world: World) -> None:
    synced(world)
    for number in range(1, 101):
        del world.mall.products[number]
    first, second = synced(world)
    assert isinstance(first.failure, DeletionBraked)
    assert (first.report.outcome, second.report.outcome) == ("braked", "braked")
    assert (first.report.source, first.report.stored) == (50, 150)
    assert f"manage.py sync {MALL} --full --allow-deletions" in first.report.reason


def test_a_second_try_does_what_is_left_and_nothing_twice(world: World) -> None:
    world.mall.broken = 2  # type: ignore[attr-defined]
    synced(world)
    world.mall.broken = 0  # type: ignore[attr-defined]
    first, second = synced(world)
    assert (first.report.mode, first.report.new, first.report.calls) == ("incremental", 0, 2)
    assert (second.report.mode, second.report.new) == ("full", 150)
    assert world.rows("SELECT * FROM product_change") == []


def test_the_failure_that_needs_a_person_speaks_for_the_mall() -> None:
    away, braked = Cafe24Away("Away."), DeletionBraked("Braked.")
    shops = [ShopSync(SyncReport(MALL, no), failure) for no, failure in enumerate((None, away))]
    assert weightiest_failure(shops) is away
    assert weightiest_failure([*shops, ShopSync(SyncReport(MALL, 3), braked)]) is braked
    assert weightiest_failure(shops[:1]) is None


def test_a_shop_that_runs_can_be_watched(world: World) -> None:
    shops = shops_of(MALL, [1])
    seen: list[str] = []

    def look(_request: httpx.Request) -> httpx.Response:
        seen.append(shops[0].report.progress)
        return told({"products": []})  # asked again, because the count says that there are more

    world.mall.faults_on["products"] = deque([None, look])

    async def run() -> None:
        async with world.mall.api() as api:
            await sync_shops(api, world.database(), shops, Wish())

    asyncio.run(run())
    assert shops[0].report.outcome == "synced"
    assert seen[0].startswith("full, ")
    assert seen[0].endswith("0 s waited")
    assert " of 150 products, " in seen[0]


def test_what_does_not_fit_is_trouble_and_so_is_a_count_that_disagrees() -> None:
    assert SyncReport(MALL, outcome="synced").trouble == ""
    one = SyncReport(MALL, outcome="synced", quarantined=1)
    assert one.trouble == "1 record fits no row: the table product_quarantine says why"
    assert "2 records fit" in SyncReport(MALL, outcome="synced", quarantined=2).trouble
    assert SyncReport(MALL, outcome="mismatch").trouble == "the count disagrees with the mall's"


def test_records_of_both_shops_are_kept_apart(world: World) -> None:
    world.mall.products[1] = product(1, price="1.00")
    synced(world)
    rows = "SELECT shop_no, count(*) FROM product GROUP BY shop_no ORDER BY 1"
    assert world.rows(rows) == [(1, 150), (2, 150)]
