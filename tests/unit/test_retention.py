"""History has an end: what is older goes, some rows at a time; how a shop stands stays known."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from cafe24 import retention
from cafe24.fleet.fan_out import FanOuts
from cafe24.fleet.shards import Shard
from cafe24.malls import MallId
from cafe24.retention import Pruned, Retention, prune
from tests.product_world import World

FAN_OUTS = {"fan_out", "fan_out_shard"}


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


@pytest.fixture
def aged(world: World) -> World:
    """Five syncs, a hundred days apart, each but the first with a change."""
    world.stock(1, 2, 3)
    for number in range(5):
        if number:
            world.change(1, price=f"{number}.00")
            world.mall.products[2]["price"] = f"{number}.00"
        world.sync(mode="full")
        world.now += timedelta(days=100) - timedelta(hours=1)
    return world


def pruned(world: World, days: int = 250, **options: object) -> dict[str, int]:
    kept = Retention(timedelta(days=days), timedelta(days=days))
    found = prune(world.engine, kept, world.now, **options)  # type: ignore[arg-type]
    return {one.table: one.rows for one in found if one.table not in FAN_OUTS}


def test_what_is_older_goes_and_the_rest_stays(aged: World) -> None:
    assert aged.one("SELECT count(*) FROM product_change") == 8
    assert pruned(aged) == {"product_change": 4, "sync_run": 3}
    assert aged.rows("SELECT DISTINCT new FROM product_change ORDER BY new") == [
        ("3.00",),
        ("4.00",),
    ]
    assert aged.one("SELECT count(*) FROM sync_run") == 2
    assert pruned(aged) == {"product_change": 0, "sync_run": 0}
    assert aged.one("SELECT count(*) FROM product") == 3


def test_a_rehearsal_counts_the_same_and_deletes_nothing(aged: World) -> None:
    assert pruned(aged, is_rehearsal=True) == {"product_change": 4, "sync_run": 3}
    assert pruned(aged) == {"product_change": 4, "sync_run": 3}


def test_a_shops_last_run_and_its_last_finished_one_stay_whatever_their_age(aged: World) -> None:
    last = aged.one("SELECT max(id) FROM sync_run")
    with aged.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE sync_run SET finished_at = NULL, outcome = 'interrupted' WHERE id = {last}"  # noqa: S608 - our own number
        )
    assert pruned(aged, days=1) == {"product_change": 8, "sync_run": 3}
    assert aged.rows("SELECT id FROM sync_run ORDER BY id") == [(last - 1,), (last,)]


def test_the_limits_are_those_that_were_asked_for(aged: World) -> None:
    found = prune(aged.engine, Retention(), aged.now, is_rehearsal=True)
    assert found == [
        Pruned("product_change", aged.now - timedelta(days=400), 0),
        Pruned("sync_run", aged.now - timedelta(days=90), 4),
        Pruned("fan_out_shard", aged.now - timedelta(days=90), 0),
        Pruned("fan_out", aged.now - timedelta(days=90), 0),
    ]


def test_old_fan_outs_go_with_their_shards_as_runs_do(world: World) -> None:
    fan_outs = FanOuts(world.engine)
    shards = [Shard(number, (MallId(f"invented{number}"),)) for number in (1, 2, 3)]
    for number, age in enumerate((timedelta(days=91), timedelta(days=89))):
        fan_outs.begin(f"fan-out-{number}", "sync-products", shards, world.now - age)
    found = prune(world.engine, Retention(), world.now)
    assert {one.table: one.rows for one in found if one.rows} == {"fan_out_shard": 3, "fan_out": 1}
    assert world.rows("SELECT id FROM fan_out") == [("fan-out-1",)]
    assert world.one("SELECT count(*) FROM fan_out_shard") == 3


def test_deleted_and_quarantined_products_are_not_pruned(world: World) -> None:
    world.stock(1, 2, 3)
    world.stock(4, price="no price")
    world.sync()
    del world.mall.products[1]
    world.sync(mode="full", brake_share=1.0)
    world.now += timedelta(days=4000)
    pruned(world)
    assert world.one("SELECT count(*) FROM product WHERE deleted_at IS NOT NULL") == 1
    assert world.one("SELECT count(*) FROM product_quarantine") == 1


def test_a_sync_writes_between_two_batches(aged: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    commits: list[object] = []
    event.listen(aged.engine, "commit", commits.append)
    synced: list[str] = []

    def meanwhile(_seconds: float) -> None:
        aged.change(3, price=f"{len(synced)}.50")
        synced.append(aged.sync(mode="full").outcome)

    assert pruned(aged, days=1, rest=meanwhile)["product_change"] == 8
    assert synced == ["synced"] * 3  # after 3, 6, and the runs' first 3
    assert len(commits) > 4
