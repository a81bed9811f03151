"""What the mall has no more: proved, braked, brought back."""

from collections import deque

import httpx
import pytest
from sqlalchemy import update

from cafe24.errors import DeletionBraked
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.rows import PRODUCT
from cafe24.products.tables.stored import listed_numbers
from tests.product_world import World
from tests.small_mall import MALL, refused, told, variant


def test_a_deleted_product_is_found_by_the_count_and_proved_by_a_404(world: World) -> None:
    world.stock(*range(1, 31))
    world.sync()
    del world.mall.products[7]
    report = world.sync()
    assert (report.mode, report.outcome, report.deleted) == ("full", "synced", 1)
    assert "the mall counts 29 products where 30 are held" in report.reason
    assert world.mall.asked("products/7") == [{"shop_no": "1"}]
    assert 7 not in world.numbers()
    assert world.one("SELECT field FROM product_change WHERE product_no = 7") == "deleted_at"


def test_one_that_comes_back_is_itself_again(world: World) -> None:
    world.stock(*range(1, 31))
    world.stock(7, variants=[variant(7)])
    world.sync()
    gone = world.mall.products.pop(7)
    world.sync()
    world.mall.products[7] = gone
    report = world.sync(mode="full")
    assert (report.outcome, report.stored) == ("synced", 30)
    assert world.one("SELECT deleted_at FROM product_variant WHERE product_no = 7") is None
    fields = world.rows("SELECT field, old IS NULL FROM product_change WHERE product_no = 7")
    assert fields.count(("deleted_at", 1)) == 1
    assert ("deleted_at", 0) in fields


def test_more_deletions_than_are_asked_for_wait_for_the_second_full_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cafe24.products.deletions.MOST_ASKED", 2)
    world.stock(*range(1, 101))
    world.sync()
    for number in (10, 20, 30, 40, 50):
        del world.mall.products[number]
    first = world.sync(mode="full")
    assert (first.outcome, first.deleted, first.missing) == ("synced", 2, 3)
    missed = "3 products were missing from the last full read"
    assert first.reason == f"asked for; {missed}, so the next run reads everything"
    second = world.sync()
    assert second.reason == missed
    assert (second.outcome, second.deleted, second.stored) == ("synced", 3, 95)


def test_a_product_that_is_only_not_listed_is_not_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stock(*range(1, 31))
    world.sync()
    hidden = world.mall.products.pop(7)
    truly = world.mall._told

    def shown_singly(path: str, query: dict[str, str]) -> httpx.Response:
        return told({"product": hidden}) if path == "products/7" else truly(path, query)

    monkeypatch.setattr(world.mall, "_told", shown_singly)
    report = world.sync(mode="full")
    assert report.outcome == "mismatch"
    assert 7 in world.numbers()


def test_too_many_deletions_ask_a_person(world: World) -> None:
    world.stock(*range(1, 31))
    world.sync()
    for number in range(1, 8):
        del world.mall.products[number]
    world.stock(31)
    with pytest.raises(DeletionBraked, match=f"{MALL}: 7 of 31 products"):
        world.sync(mode="full")
    assert len(world.numbers()) == 31
    run = world.one("SELECT outcome, stored, new FROM sync_run ORDER BY id DESC LIMIT 1")
    assert run == ("braked", 31, 1)


def test_a_person_may_let_them_go(world: World) -> None:
    world.stock(*range(1, 31))
    world.sync()
    for number in range(1, 8):
        del world.mall.products[number]
    with pytest.raises(DeletionBraked):
        world.sync()
    report = world.sync(brake_share=1.0)
    assert (report.outcome, report.deleted, report.stored) == ("synced", 7, 23)


def test_an_empty_mall_does_not_empty_the_tables(world: World) -> None:
    world.stock(*range(1, 31))
    world.sync()
    world.mall.products.clear()
    with pytest.raises(DeletionBraked):
        world.sync()
    assert len(world.numbers()) == 30


def test_more_products_may_be_gone_than_a_statement_takes_parameters(world: World) -> None:
    world.stock(*range(1, 40_001))
    world.sync()
    for number in range(3, 39_998):
        del world.mall.products[number]
    with pytest.raises(DeletionBraked, match="39995 of 40000"):
        world.sync()
    report = world.sync(brake_share=1.0)
    assert (report.outcome, report.deleted, report.stored) == ("synced", 39_995, 5)


def test_a_product_whose_detail_is_gone_is_deleted(world: World) -> None:
    world.stock(*range(1, 6))
    world.mall.faults.extend([None] * 4 + [lambda _: refused(404, "No product found.")])
    report = world.sync(detail_calls=1)
    assert report.details == 1
    assert len(world.numbers()) == 4


def test_a_deletion_that_only_the_last_count_shows_is_found_by_some_counts_and_a_page(
    world: World,
) -> None:
    world.stock(*range(1, 1001))

    def go(request: httpx.Request) -> httpx.Response:
        page = world.mall.page(request)
        del world.mall.products[412]  # was read
        return page

    world.sync()
    calm = world.sync(mode="full")
    world.mall.faults_on["products"] = deque([*[None] * 7, go])
    report = world.sync(mode="full")
    assert (report.outcome, report.deleted, report.stored) == ("synced", 1, 999)
    assert 412 not in world.numbers()
    # Some counts, a page, the question for the product itself, and both counts once more.
    assert report.calls - calm.calls <= 12


def test_one_deleted_and_another_added_undated_meanwhile_do_not_hide_each_other(
    world: World,
) -> None:
    world.stock(*range(1, 301))

    def swap(request: httpx.Request) -> httpx.Response:
        page = world.mall.page(request)
        world.stock(301)
        del world.mall.products[7]  # was read
        return page

    world.mall.faults_on["products"] = deque([None, swap])
    report = world.sync()
    assert 301 in world.numbers()
    assert (report.outcome, report.deleted) == ("synced", 1)
    assert 7 not in world.numbers()


def test_what_is_deleted_or_missing_is_not_listed(world: World) -> None:
    world.stock(1, 2, 3)
    world.sync()
    with world.engine.begin() as connection:
        for number, noted in ((2, "missing_since"), (3, "deleted_at")):
            which = PRODUCT.c.product_no == number
            connection.execute(update(PRODUCT).where(which).values({noted: world.now}))
        assert list(connection.execute(listed_numbers(Shop(MALL))).scalars()) == [1]
