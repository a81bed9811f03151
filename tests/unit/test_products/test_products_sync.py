"""A whole sync against a small mall: what is read, what is written, what is said."""

import asyncio
from collections import deque

import httpx
import pytest
from sqlalchemy import Engine

from cafe24.api.pace import Pace
from cafe24.errors import Cafe24Away, ContractBroken, MallBusy, Reauthorize
from cafe24.products.sync import sync_mall
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.runs import SyncReport
from tests.product_world import World
from tests.small_mall import MALL, product, refused, told


def empty(_request: httpx.Request) -> httpx.Response:
    return told({"products": []})


def test_the_first_sync_reads_everything_and_says_why(world: World) -> None:
    world.stock(*range(1, 251))
    report = world.sync()
    assert (report.mode, report.outcome) == ("full", "synced")
    assert report.reason == "no full read had ended before"
    assert (report.source, report.stored, report.new, report.unchanged) == (250, 250, 250, 0)
    assert [int(query["since_product_no"]) for query in world.mall.asked("products")] == [
        *(0, 100, 200)
    ]
    assert report.calls == len(world.mall.calls)


def test_what_a_record_lacks_or_leaves_empty_is_null_and_its_flags_are_flags(world: World) -> None:
    world.stock(*range(1, 152), cloth_fabric=None, margin_rate="")
    world.sync()
    flagged = "display AND NOT selling"
    lacking = "cloth_fabric IS NULL AND margin_rate IS NULL AND maximum_quantity IS NULL"
    held = world.rows(f"SELECT product_no FROM product WHERE {flagged} AND {lacking}")  # noqa: S608 - our own
    assert len(held) == 151
    if world.engine.dialect.name == "sqlite":  # which keeps whatever it is given
        kinds = "SELECT DISTINCT typeof(display), typeof(selling), typeof(margin_rate) FROM product"
        assert world.rows(kinds) == [("integer", "integer", "null")]


def test_the_next_one_fetches_only_what_changed(world: World) -> None:
    world.stock(*range(1, 251))
    world.sync()
    world.change(7, price="19900.00")
    world.stock(900)
    world.mall.changed.add(900)
    report = world.sync()
    assert (report.mode, report.outcome) == ("incremental", "synced")
    assert (report.new, report.changed, report.unchanged) == (1, 1, 0)
    assert len(world.mall.calls) == 3
    assert world.one("SELECT price FROM product WHERE product_no = 7") == "19900.00"


def test_when_nothing_changed_two_counts_are_all(world: World) -> None:
    world.stock(*range(1, 251))
    world.sync()
    report = world.sync()
    assert (report.outcome, report.calls) == ("synced", 2)


def test_the_window_reaches_back_before_the_last_sync(world: World) -> None:
    world.stock(1)
    dated = told({"count": 1}, 200, Date="Tue, 24 Nov 2026 03:00:00 GMT")
    world.mall.faults_on["products/count"] = deque([lambda _: dated])
    world.sync()
    world.sync()
    (window, _) = world.mall.asked("products/count")
    assert window["updated_start_date"] == "2026-11-24T11:50:00+09:00"


def test_a_full_sync_finds_what_cafe24_did_not_date(world: World) -> None:
    world.stock(1, 2, 3)
    world.sync()
    world.mall.products[2]["price"] = "1.00"
    assert world.sync().changed == 0
    report = world.sync(mode="full")
    assert (report.changed, report.unchanged) == (1, 2)


def test_what_changed_is_kept_from_what_to_what_and_when(world: World) -> None:
    world.stock(5, product_tag=["니트"])
    world.sync()
    world.change(5, price="19900.00", sold_out="T", product_tag=["니트", "겨울"])
    seen = world.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    world.sync()
    assert sorted(world.rows("SELECT field, old, new, seen_at FROM product_change")) == [
        ("price", "29900.00", "19900.00", seen),
        ("product_tag", '["니트"]', '["니트","겨울"]', seen),
        ("sold_out", "F", "T", seen),
    ]


def test_keys_in_another_order_are_no_change(world: World) -> None:
    world.stock(1)
    world.sync()
    world.mall.products[1] = dict(reversed(world.mall.products[1].items()))
    report = world.sync(mode="full")
    assert (report.changed, report.unchanged) == (0, 1)


def test_an_empty_page_before_the_count_says_so_is_not_the_end(world: World) -> None:
    world.stock(*range(1, 251))
    world.mall.faults.extend([None, None, empty])
    report = world.sync()
    assert (report.outcome, report.stored) == ("synced", 250)


def test_a_list_that_stays_short_of_its_count_is_never_finished(world: World) -> None:
    world.stock(*range(1, 251))

    def count_too_much(request: httpx.Request) -> httpx.Response:
        return told({"count": 900}) if "count" in request.url.path else world.mall.page(request)

    world.mall.faults.extend([count_too_much] * 50)
    report = world.sync()
    assert report.outcome == "mismatch"
    assert world.one("SELECT full_at FROM sync_cursor") is None
    world.mall.faults.clear()
    again = world.sync()
    assert (again.mode, again.outcome, again.stored) == ("full", "synced", 250)


def test_a_mismatch_makes_the_next_sync_read_everything(world: World) -> None:
    world.stock(*range(1, 31))
    world.sync()
    world.mall.products.pop(3)
    report = world.sync(mode="incremental")
    assert (report.mode, report.outcome) == ("incremental", "mismatch")
    assert report.reason.endswith(
        "the mall counts 29 products where 30 are held, so the next run reads everything"
    )
    again = world.sync()
    assert again.mode == "full"
    assert again.reason == "the mall counts 29 products where 30 are held"


def test_a_list_that_ignores_the_cursor_stops_the_sync(world: World) -> None:
    world.stock(*range(1, 251))
    first_page = told({"products": world.mall._page({"limit": "100"})})
    world.mall.faults.extend([None, None, lambda _: first_page])
    with pytest.raises(ContractBroken, match="does not ascend"):
        world.sync()
    assert world.one("SELECT outcome FROM sync_run") == "failed"


def test_a_failed_sync_is_gone_on_with_where_it_stopped(world: World) -> None:
    world.stock(*range(1, 251))
    world.mall.faults.extend([None, None, *[lambda _: refused(503)] * 20])
    with pytest.raises(Cafe24Away):
        world.sync()
    assert world.numbers() == list(range(1, 101))
    assert world.one("SELECT unread, read_count FROM sync_cursor") == ("[[100,null]]", 100)
    world.mall.faults.clear()
    report = world.sync()
    assert "goes on where the last one stopped" in report.reason
    asked = [query["since_product_no"] for query in world.mall.asked("products")]
    assert asked == ["100", "200", "0"]
    assert (report.outcome, report.stored, report.new) == ("synced", 250, 150)


def interrupted(world: World, after_pages: int, of: int) -> None:
    """Stock the mall and break its first sync off after so many pages."""
    world.stock(*range(1, of + 1))
    world.mall.faults.extend([None, *[None] * after_pages, *[lambda _: refused(503)] * 20])
    with pytest.raises(Cafe24Away):
        world.sync()
    world.mall.faults.clear()


def test_what_changed_undated_in_the_part_read_before_is_found_too(world: World) -> None:
    interrupted(world, after_pages=2, of=450)
    world.stock(5, 105, 305, price="1.00")
    report = world.sync()
    assert (report.mode, report.outcome) == ("full", "synced")
    cheap = world.rows("SELECT product_no FROM product WHERE price = '1.00' ORDER BY product_no")
    assert cheap == [(5,), (105,), (305,)]
    assert (report.new, report.changed, report.unchanged) == (250, 2, 198)
    assert world.one("SELECT unread, wants_full FROM sync_cursor") == (None, None)


def test_a_read_that_is_interrupted_again_has_ended_all_the_same(world: World) -> None:
    interrupted(world, after_pages=2, of=450)
    world.stock(5, price="1.00")
    # count, the last three pages, the empty window, count; then the first page again fails
    world.mall.faults.extend([*[None] * 6, *[lambda _: refused(503)] * 20])
    with pytest.raises(Cafe24Away):
        world.sync()
    world.mall.faults.clear()
    assert world.one("SELECT unread, full_at IS NOT NULL FROM sync_cursor") == (None, 1)
    report = world.sync()
    assert (report.mode, report.outcome) == ("full", "synced")
    assert report.reason == "a part of the last full read is from before an interruption"
    assert world.one("SELECT price FROM product WHERE product_no = 5") == "1.00"
    assert world.sync().mode == "incremental"


def test_what_changed_while_it_was_interrupted_is_read_again(world: World) -> None:
    world.stock(*range(1, 251))
    world.mall.faults.extend([None, None, *[lambda _: refused(503)] * 20])
    with pytest.raises(Cafe24Away):
        world.sync()
    world.mall.faults.clear()
    world.change(5, price="1.00")
    world.sync()
    assert world.one("SELECT price FROM product WHERE product_no = 5") == "1.00"


def test_a_refused_token_ends_the_sync_and_is_recorded(world: World) -> None:
    world.stock(1)
    world.mall.faults.append(lambda _: refused(401, "Invalid access_token"))
    with pytest.raises(Reauthorize):
        world.sync()
    outcome, reason, finished = world.one("SELECT outcome, reason, finished_at FROM sync_run")
    assert outcome == "failed"
    assert "refused the access token" in reason
    assert finished is not None
    assert world.one("SELECT owner FROM sync_cursor") is None


def test_a_cancelled_sync_says_so_and_lets_the_next_one_in(world: World) -> None:
    world.stock(*range(1, 31))
    world.mall.latency_s = 30.0

    async def give_up() -> None:
        async with world.mall.api() as api:
            sync = asyncio.create_task(sync_mall(api, world.database()))
            # Once it has called it has begun, and waits for the mall.
            while not api.traffic.calls:  # noqa: ASYNC110 - a count, not an event
                await asyncio.sleep(0.01)
            sync.cancel()
            await sync

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(give_up())
    assert world.one("SELECT outcome FROM sync_run") == "interrupted"
    world.mall.latency_s = 0.0
    assert world.sync().outcome == "synced"


def test_one_sync_of_a_shop_at_a_time(world: World) -> None:
    world.database().begin(Shop(MALL))
    with pytest.raises(MallBusy):
        world.sync()


def test_a_product_that_comes_twice_on_a_page_is_one_row(world: World) -> None:
    world.stock(1, 2, 3)
    twice = [product(1), product(2, price="1.00"), product(3), product(2, price="2.00")]
    world.mall.faults_on["products"] = deque([lambda _: told({"products": twice})])
    report = world.sync()
    assert (report.outcome, report.stored, report.duplicates) == ("synced", 3, 1)
    assert world.one("SELECT price FROM product WHERE product_no = 2") == "2.00"


def test_fields_nobody_knows_are_counted_and_kept(world: World) -> None:
    world.stock(1, 2, brand_new_field="new")
    report = world.sync()
    assert report.unknown_fields == {"brand_new_field": 2}
    assert '"brand_new_field":"new"' in world.one("SELECT raw FROM product WHERE product_no = 1")


def test_details_are_read_within_their_budget_the_oldest_first(world: World) -> None:
    world.stock(*range(1, 6))
    first = world.sync(detail_calls=2)
    read = "SELECT product_no FROM product WHERE detail_seen_at IS NOT NULL ORDER BY 1"
    assert (first.details, world.rows(read)) == (2, [(1,), (2,)])
    world.sync(detail_calls=2)
    assert world.rows(read) == [(1,), (2,), (3,), (4,)]
    world.change(2, price="1.00")
    world.sync(detail_calls=2)
    asked = [path for path, _ in world.mall.calls if path.count("/") == 1 and "count" not in path]
    assert asked == ["products/5", "products/2"]


def test_a_list_does_not_take_away_what_the_detail_gave(world: World) -> None:
    world.stock(1, has_option="T")
    world.sync(detail_calls=1)
    world.change(1, price="1.00")
    world.sync()
    raw, has_option, price = world.one("SELECT detail_raw, has_option, price FROM product")
    assert '"description":"<p>니트</p>"' in raw
    assert (has_option, price) == (1, "1.00")


def test_another_shop_of_the_mall_has_rows_of_its_own(world: World, engine: Engine) -> None:
    world.stock(1, 2)
    world.sync()
    for record in world.mall.products.values():
        record["shop_no"] = 2
    report = world.sync(shop_no=2)
    assert (report.shop_no, report.stored) == (2, 2)
    assert World(engine).rows("SELECT shop_no, count(*) FROM product GROUP BY 1") == [
        *((1, 2), (2, 2))
    ]


def test_each_shop_of_a_mall_is_told_its_own_calls(world: World) -> None:
    world.stock(1, 2)

    async def run() -> list[SyncReport]:
        async with world.mall.api() as api:
            return [await sync_mall(api, world.database(), shop_no=no) for no in (1, 2)]

    first, second = asyncio.run(run())
    assert first.calls == second.calls
    assert first.calls + second.calls == len(world.mall.calls)


def test_the_run_is_recorded_with_what_it_came_to(world: World) -> None:
    world.stock(1, 2)
    report = world.sync()
    stored = world.one("SELECT mode, outcome, source, stored, new, calls, reason FROM sync_run")
    names = ("mode", "outcome", "source", "stored", "new", "calls", "reason")
    assert stored == tuple(getattr(report, name) for name in names)


def test_a_large_mall_is_read_from_several_numbers_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "in_flight", 3)
    world.stock(*range(3, 15_000, 3))
    report = world.sync()
    assert (report.outcome, report.stored) == ("synced", len(world.mall.products))
    order = [int(query["since_product_no"]) for query in world.mall.asked("products")]
    assert order != sorted(order)
    assert world.sync(mode="full").unchanged == len(world.mall.products)


def test_a_list_shorter_than_its_count_is_a_mismatch_though_as_many_are_held(
    world: World,
) -> None:
    world.stock(*range(1, 31))
    world.sync()
    del world.mall.products[30]

    def count_what_was(request: httpx.Request) -> httpx.Response:
        return told({"count": 30}) if "count" in request.url.path else world.mall.page(request)

    world.mall.faults.extend([count_what_was] * 50)
    report = world.sync(mode="full")
    assert report.outcome == "mismatch"
    assert "29 products were listed where the mall counts 30" in report.reason


def list_calls(world: World) -> list[int]:
    return [int(query["since_product_no"]) for query in world.mall.asked("products")]


def test_a_last_page_that_is_full_is_followed_by_a_count_and_not_by_an_empty_page(
    world: World,
) -> None:
    world.stock(*range(1, 301))
    report = world.sync()
    assert (report.outcome, report.stored) == ("synced", 300)
    assert list_calls(world) == [0, 100, 200]


def test_one_that_comes_undated_behind_a_full_last_page_is_read_all_the_same(
    world: World,
) -> None:
    world.stock(*range(1, 301))

    def once_more(request: httpx.Request) -> httpx.Response:
        page = world.mall.page(request)
        world.stock(301)  # no window shows it
        return page

    world.mall.faults_on["products"] = deque([None, once_more])
    report = world.sync()
    assert (report.outcome, report.stored) == ("synced", 301)
    assert list_calls(world) == [0, 100, 200, 300]


def test_what_changes_while_the_pages_are_read_is_in_the_tables(world: World) -> None:
    world.stock(*range(1, 301))

    def change(request: httpx.Request) -> httpx.Response:
        page = world.mall.page(request)
        world.change(7, price="1.00")  # was read
        return page

    world.mall.faults_on["products"] = deque([None, change])
    assert world.sync().outcome == "synced"
    assert world.one("SELECT price FROM product WHERE product_no = 7") == "1.00"
