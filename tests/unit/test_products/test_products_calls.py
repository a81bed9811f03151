"""What a sync costs in calls, counted: they are what Cafe24 limits."""

from math import ceil

import pytest

from tests.product_world import World
from tests.small_mall import variant


def test_nothing_changed_costs_two(world: World) -> None:
    world.stock(*range(1, 2_001))
    world.sync()
    report = world.sync()
    assert report.calls == len(world.mall.calls) == 2


@pytest.mark.parametrize("products", [100, 2_000, 12_300])
def test_one_percent_changed_costs_its_pages_and_two_counts(world: World, products: int) -> None:
    world.stock(*range(1, products + 1))
    world.sync()
    changed = range(1, products + 1, 100)
    for number in changed:
        world.change(number, price="1.00")
    report = world.sync()
    assert (report.mode, report.outcome, report.changed) == ("incremental", "synced", len(changed))
    assert report.calls == len(world.mall.calls) == ceil(len(changed) / 100) + 2


def test_a_full_page_of_changes_costs_one_more_because_it_proves_no_end(world: World) -> None:
    world.stock(*range(1, 301))
    world.sync()
    for number in range(1, 101):
        world.change(number, price="1.00")
    assert world.sync().calls == 1 + 2 + 1


def test_a_product_with_a_long_list_of_variants_costs_its_own_call(world: World) -> None:
    world.stock(*range(1, 101))
    world.sync()
    world.change(7, variants=[variant(7, f"{n:04}") for n in range(130)])
    assert world.sync().calls == 1 + 2 + 1
