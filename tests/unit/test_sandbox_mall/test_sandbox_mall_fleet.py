"""A fleet: thousands of malls of unequal size, kept within bounds."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.mall.catalogue.kept import Kept
from sandbox.mall.mall import Mall, Stock
from sandbox.mall.sizes import LARGE, MIDDLE, SMALL
from sandbox.mall.switches import Behaviour, Limits

MALLS = 10_000


def _names(count: int) -> list[str]:
    return [f"mall{number:05d}" for number in range(2, count + 2)]


def _mall(mall_id: str, stock: Stock) -> Mall:
    return Mall(mall_id, stock, Behaviour(), Limits())


def test_of_a_skewed_fleet_most_malls_are_small_and_a_few_are_large() -> None:
    stock = Stock(seed=24, count=300, is_skewed=True)
    found = Counter(stock.size(name) for name in _names(MALLS))
    assert set(found) == {SMALL, MIDDLE, LARGE}
    assert found[SMALL] == pytest.approx(0.95 * MALLS, rel=0.01)
    assert found[MIDDLE] == pytest.approx(0.049 * MALLS, rel=0.2)
    assert 1 <= found[LARGE] <= 30


def test_a_mall_of_a_skewed_fleet_sells_as_many_as_its_size_says() -> None:
    stock = Stock(seed=24, count=300, is_skewed=True)
    sizes = {stock.size(name): name for name in _names(200)}
    for size in (SMALL, MIDDLE):
        mall = _mall(sizes[size], stock)
        assert mall.product_count == size
        assert len(mall.catalogue) == size


def test_another_seed_makes_other_malls_the_large_ones() -> None:
    def large(seed: int) -> set[str]:
        stock = Stock(seed=seed, count=300, is_skewed=True)
        return {name for name in _names(MALLS) if stock.size(name) == LARGE}

    assert large(5) == large(5)
    assert large(5) != large(6)


def test_a_given_file_is_every_malls_whatever_the_sizes() -> None:
    assert Stock(seed=24, count=300, records=[], is_skewed=True).size("mall00002") == 0


def test_sizes_are_told_on_the_command_line(start_sandbox: Callable[..., dict[str, Any]]) -> None:
    ready = start_sandbox("mall", "--malls", "100", "--sizes", "skewed", "--product-count", "3")
    pair = httpx.post(f"{ready['url']}/__sandbox__/malls/mall00002/pair").json()
    answer = httpx.get(
        ready["api_url"].format(mall_id="mall00002") + "/api/v2/admin/products/count",
        headers={"Authorization": f"Bearer {pair['access_token']}"},
    )
    assert answer.json() == {"count": Stock(seed=24, count=3, is_skewed=True).size("mall00002")}


def test_a_product_that_let_go_of_its_bytes_is_told_in_the_same_bytes() -> None:
    roomy, cramped = Stock(seed=24, count=20), Stock(seed=24, count=20, kept=Kept(most_bytes=1))
    told = [
        [(one.listed_json, one.variants_json) for one in _mall("samplemall", stock).catalogue]
        for stock in (roomy, cramped, cramped)
    ]
    assert told[0] == told[1] == told[2]


def test_what_malls_keep_encoded_is_bounded_over_all_of_them() -> None:
    held: set[str] = set()

    class Holder:
        def __init__(self, name: str) -> None:
            self.name = name
            held.add(name)

        def forget(self) -> None:
            held.remove(self.name)

    kept = Kept(most_bytes=100)
    for number in range(5):
        kept.keep(Holder(f"holder {number}"), 40)
    assert held == {"holder 3", "holder 4"}


def test_a_changed_product_keeps_its_change_when_the_others_let_go() -> None:
    mall = _mall("samplemall", Stock(seed=24, count=20, kept=Kept(most_bytes=1)))
    first, *others = mall.catalogue
    first.hold({**first.record, "product_name": "changed"}, first.variants)
    assert all(one.listed_json for one in others)
    assert b'"changed"' in first.listed_json
