"""Variants in a sync: with their product, singly where a list was cut or lost, gone with it."""

from collections import deque

import pytest

from tests.product_world import World
from tests.small_mall import refused, told, variant


def test_variants_come_with_their_product(world: World) -> None:
    world.stock(1, variants=[variant(1, "A", quantity=-3), variant(1, "B")])
    world.sync()
    query = "SELECT variant_code, product_no, quantity FROM product_variant ORDER BY 1"
    assert world.rows(query) == [("P0000001000A", 1, -3), ("P0000001000B", 1, 5)]


def test_a_variant_that_changed_comes_or_goes_is_a_change_of_its_product(world: World) -> None:
    world.stock(1, 2, variants=[variant(1, "A"), variant(1, "B")])
    world.stock(2)
    world.sync()
    world.change(1, variants=[variant(1, "B", quantity=4), variant(1, "C")])
    report = world.sync()
    assert (report.changed, report.unchanged) == (1, 0)
    held = "SELECT variant_code FROM product_variant WHERE deleted_at IS NULL ORDER BY 1"
    assert world.rows(held) == [("P0000001000B",), ("P0000001000C",)]
    history = "SELECT variant_code, field, old, new IS NOT NULL FROM product_change ORDER BY 1"
    assert world.rows(history) == [
        ("P0000001000A", "deleted_at", None, 1),
        ("P0000001000B", "quantity", "5", 1),
    ]


def test_a_variant_that_moved_to_another_product_is_there(world: World) -> None:
    world.stock(1, variants=[variant(1, "A"), variant(1, "B")])
    world.stock(2, variants=[variant(2, "A")])
    world.sync()
    world.change(1, variants=[variant(1, "A")])
    world.change(2, variants=[variant(2, "A"), variant(1, "B")])
    world.sync()
    query = "SELECT product_no, deleted_at FROM product_variant WHERE variant_code = :code"
    assert world.rows(query, code=variant(1, "B")["variant_code"]) == [(2, None)]


def test_a_variant_that_does_not_fit_is_set_aside_alone(world: World) -> None:
    world.stock(1, variants=[variant(1, "A"), variant(1, "B", quantity="many")])
    report = world.sync()
    assert (report.stored, report.quarantined) == (1, 1)
    assert world.one("SELECT record_key FROM product_quarantine") == "variant:P0000001000B"
    assert world.one("SELECT count(*) FROM product_variant") == 1


@pytest.mark.parametrize("code", ["P" * 41, "P\0"])
def test_a_variant_whose_code_fits_no_column_is_set_aside_alone(world: World, code: str) -> None:
    world.stock(1, variants=[variant(1, "A"), variant(1, "B", variant_code=code)])
    report = world.sync()
    assert (report.outcome, report.stored, report.quarantined) == ("synced", 1, 1)
    assert world.one("SELECT variant_code FROM product_variant") == "P0000001000A"


def test_a_variant_that_fits_again_or_is_gone_leaves_the_quarantine(world: World) -> None:
    world.stock(1, variants=[variant(1, "A", quantity="many"), variant(1, "B", quantity="few")])
    world.sync()
    world.change(1, variants=[variant(1, "A")])
    world.sync()
    assert world.rows("SELECT * FROM product_quarantine") == []


def test_more_variants_than_the_list_brings_are_read_singly(world: World) -> None:
    many = [variant(1, f"{n:04}") for n in range(130)]
    world.stock(1, variants=many)
    world.stock(2, variants=[variant(2)])
    report = world.sync()
    assert world.mall.asked("products/1/variants") == [{"shop_no": "1", "embed": "inventories"}]
    assert world.one("SELECT count(*) FROM product_variant WHERE product_no = 1") == 130
    again = world.sync(mode="full")
    assert (report.new, again.changed, again.unchanged) == (2, 0, 2)
    assert world.rows("SELECT * FROM product_change") == []


def test_a_product_deleted_before_its_variants_are_read_does_not_stop_the_sync(
    world: World,
) -> None:
    world.stock(*range(2, 20))
    world.stock(1, variants=[variant(1, f"{n:04}") for n in range(130)])
    gone = lambda _: (world.mall.products.pop(1), refused(404, "No product found."))[1]  # noqa: E731
    world.mall.faults_on["products/1/variants"] = deque([gone])
    report = world.sync()
    assert (report.outcome, report.stored) == ("synced", 18)


def test_without_variants_none_are_asked_for_or_touched(world: World) -> None:
    world.stock(1, variants=[variant(1)])
    world.sync()
    report = world.sync(mode="full", with_variants=False)
    assert "embed" not in world.mall.asked("products")[0]
    assert (report.changed, report.unchanged) == (0, 1)
    assert world.one("SELECT deleted_at FROM product_variant") is None


def test_a_mall_that_gives_no_variants_is_not_asked_for_each_products(world: World) -> None:
    world.mall.gives_variants = False
    world.stock(*range(1, 151))
    world.sync()
    world.change(7, price="1.00")
    world.stock(151)
    world.mall.changed.add(151)
    for mode in ("incremental", "full"):
        assert world.sync(mode=mode).outcome == "synced"
        assert all("variants" not in path for path, _ in world.mall.calls)


def test_where_a_mall_that_gives_variants_gave_none_they_are_read_singly(world: World) -> None:
    world.stock(*range(1, 5), variants=[])
    world.mall.products[1]["variants"] = [variant(1)]
    world.sync()
    world.mall.gives_variants = False
    world.change(1, variants=[variant(1, quantity=3)])
    world.stock(5, variants=[variant(5)])
    world.mall.changed.add(5)
    world.sync(mode="incremental")
    assert world.rows("SELECT variant_code, quantity FROM product_variant ORDER BY 1") == [
        ("P0000001000A", 3),
        ("P0000005000A", 5),
    ]
    assert sorted(path for path, _ in world.mall.calls if "variants" in path) == [
        "products/1/variants",
        "products/5/variants",
    ]


def test_a_page_that_lost_its_variants_is_made_up_for_where_the_others_have_theirs(
    world: World,
) -> None:
    world.stock(*range(1, 151))
    for number, one in world.mall.products.items():
        one["variants"] = [variant(number)]
    bare = [{**one, "variants": None} for one in list(world.mall.products.values())[:100]]
    world.mall.faults_on["products"] = deque([lambda _: told({"products": bare})])
    world.sync()
    assert world.one("SELECT count(*) FROM product_variant") == 150


def test_variants_that_an_interrupted_run_left_unread_are_read_by_the_next(world: World) -> None:
    world.stock(1, 2, variants=[])
    world.sync()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE product SET variants_hash = '' WHERE product_no = 1")
    world.sync(mode="incremental")
    assert len(world.mall.asked("products/1/variants")) == 1
    world.sync(mode="incremental")
    assert world.mall.asked("products/1/variants") == []
