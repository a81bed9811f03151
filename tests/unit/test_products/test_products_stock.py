"""A stock refresh: what sells moves, and nothing else does."""

from typing import Any

import pytest

from cafe24.errors import ContractBroken, MallBusy
from cafe24.overview import last_syncs
from cafe24.products.tables.catalog import Shop
from tests.product_world import World
from tests.small_mall import MALL, refused, variant


def sold(world: World, number: int, quantity: int, **fields: Any) -> None:
    """Sell one of a product without a new date."""
    record = {**world.mall.products[number], **fields}
    world.mall.products[number] = {**record, "variants": [variant(number, quantity=quantity)]}


def stocked(world: World, *numbers: int) -> None:
    for number in numbers:
        world.stock(number, variants=[variant(number)])


def test_what_sold_without_a_date_is_found(world: World) -> None:
    stocked(world, *range(1, 251))
    world.sync()
    sold(world, 7, 4)
    sold(world, 200, 0, sold_out="T")
    seen = world.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    report = world.sync(mode="stock")
    assert (report.mode, report.outcome, report.reason) == ("stock", "synced", "asked for")
    assert (report.new, report.changed, report.unchanged) == (0, 2, 248)
    history = "SELECT product_no, variant_code, field, old, new, seen_at FROM product_change"
    assert sorted(world.rows(history)) == [
        (7, "P0000007000A", "quantity", "5", "4", seen),
        (200, "", "sold_out", "F", "T", seen),
        (200, "P0000200000A", "quantity", "5", "0", seen),
    ]
    assert world.one("SELECT sold_out FROM product WHERE product_no = 200") == 1


def test_it_costs_a_call_for_a_hundred_products_and_one_to_count(world: World) -> None:
    stocked(world, *range(1, 1_001))
    world.sync()
    assert world.sync(mode="stock").calls == 10 + 1 + 1  # a full last page proves no end


def test_nothing_but_stock_is_written(world: World) -> None:
    stocked(world, *range(1, 31))
    world.sync()
    before = world.one("SELECT synced_until, full_at, wants_full, unread FROM sync_cursor")
    sold(world, 7, 4, price="1.00")
    stocked(world, 31)
    del world.mall.products[3]
    report = world.sync(mode="stock")
    assert (report.new, report.changed, report.deleted) == (0, 1, 0)
    assert world.numbers() == list(range(1, 31))
    assert world.one("SELECT price FROM product WHERE product_no = 7") == "29900.00"
    assert world.one("SELECT count(*) FROM product WHERE missing_since IS NOT NULL") == 0
    after = world.one("SELECT synced_until, full_at, wants_full, unread FROM sync_cursor")
    assert after == before


def test_products_that_came_or_went_are_left_to_the_next_sync_and_told(world: World) -> None:
    stocked(world, *range(1, 31))
    world.sync()
    del world.mall.products[3]
    report = world.sync(mode="stock")
    assert report.outcome == "synced"
    assert report.reason == (
        "asked for; the mall counts 29 products where 30 are held, which the next sync settles"
    )
    assert world.sync().deleted == 1


def test_the_next_full_read_finds_nothing_more_to_write(world: World) -> None:
    stocked(world, *range(1, 31))
    world.sync()
    sold(world, 7, 4, sold_out="T")
    world.sync(mode="stock")
    report = world.sync(mode="full")
    assert (report.changed, report.unchanged) == (0, 30)


def test_a_product_with_more_variants_than_the_list_brings_is_asked_for_itself(
    world: World,
) -> None:
    many = [variant(1, f"{n:04}") for n in range(130)]
    world.stock(1, variants=many)
    stocked(world, 2)
    world.sync()
    world.stock(1, variants=[*many[:-1], {**many[-1], "quantity": 4}])
    report = world.sync(mode="stock")
    assert (report.changed, report.unchanged) == (1, 1)
    quantity = "SELECT quantity FROM product_variant WHERE variant_code = :code"
    assert world.one(quantity, code=many[-1]["variant_code"]) == 4


def test_a_product_that_is_gone_meanwhile_is_not_deleted(world: World) -> None:
    stocked(world, *range(2, 31))
    world.stock(1, variants=[variant(1, f"{n:04}") for n in range(130)])
    world.sync()
    world.mall.faults.extend([None, None, lambda _: refused(404, "No product found.")])
    report = world.sync(mode="stock")
    assert (report.outcome, report.deleted) == ("synced", 0)
    assert 1 in world.numbers()


def test_a_list_that_tells_no_stock_is_an_error_and_no_silence(world: World) -> None:
    stocked(world, 1)
    world.sync()
    bare = {name: value for name, value in variant(1).items() if name != "quantity"}
    world.stock(1, variants=[bare])
    with pytest.raises(ContractBroken, match="tell no stock"):
        world.sync(mode="stock")
    assert world.one("SELECT quantity FROM product_variant") == 5


def test_stock_that_stands_in_inventories_alone_is_read_too(world: World) -> None:
    stocked(world, 1)
    world.sync()
    bare = {name: value for name, value in variant(1).items() if name != "quantity"}
    world.stock(1, variants=[{**bare, "inventories": {"quantity": 3}}])
    assert world.sync(mode="stock").changed == 1
    assert world.one("SELECT quantity FROM product_variant") == 3


def test_before_the_first_full_read_it_is_one(world: World) -> None:
    stocked(world, 1, 2)
    report = world.sync(mode="stock")
    assert (report.mode, report.reason) == ("full", "no full read had ended before")


def test_it_takes_the_same_lease_as_a_sync(world: World) -> None:
    world.database().begin(Shop(MALL))
    with pytest.raises(MallBusy):
        world.sync(mode="stock")


def test_an_interrupted_full_read_is_still_gone_on_with(world: World) -> None:
    stocked(world, *range(1, 251))
    world.sync()
    world.mall.faults.extend([None, None, *[lambda _: refused(422)] * 3])
    with pytest.raises(ContractBroken):
        world.sync(mode="full")
    world.mall.faults.clear()
    unread = world.one("SELECT unread FROM sync_cursor")
    assert unread == "[[100,null]]"
    world.sync(mode="stock")
    assert world.one("SELECT unread FROM sync_cursor") == unread
    assert "goes on where the last one stopped" in world.sync().reason


def test_it_reads_no_details(world: World) -> None:
    stocked(world, 1, 2)
    world.sync()
    assert world.sync(mode="stock", detail_calls=2).details == 0


def test_it_is_a_run_of_its_own_mode(world: World) -> None:
    stocked(world, 1)
    world.sync()
    world.sync(mode="stock")
    assert world.rows("SELECT mode, outcome FROM sync_run ORDER BY id") == [
        ("full", "synced"),
        ("stock", "synced"),
    ]


def test_the_status_goes_by_the_last_sync_that_counted(world: World) -> None:
    stocked(world, *range(1, 31))
    world.sync()
    del world.mall.products[3]
    world.sync(mode="incremental")
    world.sync(mode="stock")
    assert last_syncs(world.engine)[MALL].outcome == "mismatch"
