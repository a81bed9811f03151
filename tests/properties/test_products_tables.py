"""After any history of a mall, a full sync makes the tables equal to it."""

import contextlib
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import SQLModel

from cafe24.database.engine import open_engine
from cafe24.errors import CafeError
from cafe24.products.mode import WantedMode
from tests.product_world import World
from tests.small_mall import SmallMall, refused, variant

numbers = st.integers(1, 14)
prices = st.integers(0, 99).map(lambda won: f"{won}.00")
letters = st.sets(st.sampled_from("ABCDE"), max_size=4)
steps = st.one_of(
    st.tuples(st.just("stock"), numbers, prices, letters),
    st.tuples(st.just("change"), numbers, prices, letters),
    st.tuples(st.just("silent"), numbers, prices, letters),
    st.tuples(st.just("delete"), numbers),
    st.tuples(st.just("sync"), st.sampled_from(["auto", "incremental", "full", "stock"])),
    st.tuples(st.just("broken sync"), st.integers(0, 12)),
)


@pytest.fixture(scope="module")
def engine(shared_database_url: str) -> Iterator[Engine]:
    engine = open_engine(shared_database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def _small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cafe24.api.pages.PAGE_SIZE", 5)
        yield


def emptied(engine: Engine) -> World:
    """Return a mall of three pages over empty tables."""
    with engine.begin() as connection:
        for table in SQLModel.metadata.sorted_tables:
            connection.execute(table.delete())
    world = World(engine, SmallMall())
    world.stock(*range(1, 15))
    return world


def live(world: World, script: list[tuple[Any, ...]]) -> None:
    """Let the mall live through the script, synced now and then, sometimes in vain."""
    for what, *details in script:
        if what == "sync":
            world.sync(mode=details[0], brake_share=1.0)
        elif what == "broken sync":
            break_off(world, after_calls=details[0])
        else:
            _happen(world, what, *details)


def break_off(world: World, *, after_calls: int) -> None:
    fatal = [None] * after_calls + [lambda _: refused(422)] * 5
    world.mall.faults.extend(fatal)
    with contextlib.suppress(CafeError):
        world.sync(brake_share=1.0)
    world.mall.faults.clear()


def _happen(world: World, what: str, number: int, *details: Any) -> None:
    mall = world.mall
    if what == "delete":
        mall.products.pop(number, None)
    elif what == "stock" or number in mall.products:
        price, codes = details
        variants = [variant(number, letter, quantity=len(price)) for letter in sorted(codes)]
        world.stock(number, price=price, variants=variants)
        if what != "silent":
            mall.changed.add(number)


def held(world: World) -> dict[int, Any]:
    query = "SELECT product_no, raw, price FROM product WHERE deleted_at IS NULL"
    return {number: (orjson.loads(raw), price) for number, raw, price in world.rows(query)}


def held_variants(world: World) -> dict[str, Any]:
    query = "SELECT variant_code, raw FROM product_variant WHERE deleted_at IS NULL"
    return {code: orjson.loads(raw) for code, raw in world.rows(query)}


CAME_BACK_IN_THE_PART_THAT_WAS_READ: list[tuple[Any, ...]] = [
    ("delete", 5),
    ("broken sync", 2),
    ("stock", 5, "0.00", set()),
    ("silent", 1, "0.00", set()),
]


@settings(max_examples=80, deadline=None)
@given(script=st.lists(steps, max_size=25), mode=st.sampled_from(["auto", "full"]))
@example(script=CAME_BACK_IN_THE_PART_THAT_WAS_READ, mode="auto")
def test_the_tables_equal_the_mall_after_any_history(
    engine: Engine, script: list[tuple[Any, ...]], mode: WantedMode
) -> None:
    world = emptied(engine)
    live(world, script)
    report = world.sync(mode=mode, brake_share=1.0)
    assume(report.mode == "full")  # whoever asked for it, and however often it was broken off
    sold = world.mall.products
    bare = {no: {k: v for k, v in one.items() if k != "variants"} for no, one in sold.items()}
    assert report.outcome == "synced"
    assert held(world) == {no: (one, one["price"]) for no, one in bare.items()}
    assert held_variants(world) == {
        one["variant_code"]: one for product in sold.values() for one in product.get("variants", [])
    }
    assert report.stored == report.source == len(sold)


@settings(max_examples=20, deadline=None)
@given(script=st.lists(steps, max_size=15))
def test_a_second_full_sync_writes_nothing(engine: Engine, script: list[tuple[Any, ...]]) -> None:
    world = emptied(engine)
    live(world, script)
    world.sync(mode="full", brake_share=1.0)
    before = _everything(world)
    again = world.sync(mode="full", brake_share=1.0)
    assert (again.new, again.changed, again.deleted) == (0, 0, 0)
    assert _everything(world) == before


@settings(max_examples=40, deadline=None)
@given(script=st.lists(steps, max_size=20))
def test_a_stock_refresh_makes_the_variants_of_what_is_held_equal_and_touches_nothing_else(
    engine: Engine, script: list[tuple[Any, ...]]
) -> None:
    world = emptied(engine)
    live(world, script)
    before, cursor = held(world), _cursor(world)
    report = world.sync(mode="stock")
    assume(report.mode == "stock")  # it is a full one where none has ended yet
    assert report.outcome == "synced"
    assert (held(world), _cursor(world)) == (before, cursor)
    both = before.keys() & world.mall.products.keys()
    kept = {code: one for code, one in held_variants(world).items() if int(code[1:8]) in both}
    assert kept == {
        one["variant_code"]: one
        for no in both
        for one in world.mall.products[no].get("variants", [])
    }


def _cursor(world: World) -> Any:
    return world.rows(
        "SELECT synced_until, full_at, wants_full, unread, read_count FROM sync_cursor"
    )


def _everything(world: World) -> list[Any]:
    tables = ("product", "product_variant", "product_change", "product_quarantine")
    return [world.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in tables]  # noqa: S608 - our own names


@settings(max_examples=30, deadline=None)
@given(script=st.lists(steps, max_size=25))
def test_after_changes_alone_only_what_cafe24_did_not_date_may_differ(
    engine: Engine, script: list[tuple[Any, ...]]
) -> None:
    world = emptied(engine)
    live(world, script)
    world.sync(mode="auto", brake_share=1.0)
    silent = {details[0] for what, *details in script if what == "silent"}
    sold = {no: one["price"] for no, one in world.mall.products.items() if no not in silent}
    kept = {no: price for no, (_, price) in held(world).items() if no not in silent}
    assert kept == sold
