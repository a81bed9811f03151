"""A worker whose code is older than the installation's: its runs end with one clear line.

Nothing is claimed and no token is spent, and once the worker is new the same runs go through.
That a worker has not even the flow is in test_fleet_workers.py, with a worker.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from prefect import Flow
from sqlalchemy import text

from cafe24.malls import MallId
from flows.refresh_tokens import refresh_tokens
from flows.refresh_tokens_shard import refresh_tokens_shard
from flows.sync_products import sync_products
from flows.sync_products_shard import sync_products_shard
from tests.integration.surroundings import Shop, ran
from tests.integration.test_fleet.shards import connected_fleet
from tests.integration.test_flows_run_again import Run

NEWER = "The database is newer than this code."

each_flow = pytest.mark.parametrize(
    ("flow", "shards_flow", "done"),
    [
        (refresh_tokens, refresh_tokens_shard, "3 refreshed"),
        (sync_products, sync_products_shard, "3 synced"),
    ],
    ids=["refresh", "sync"],
)


@pytest.fixture
def fleet(shop: Shop, deployed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MallId]]:
    """Three malls that want a refresh, and two are too many for one run."""
    assert deployed is None
    with connected_fleet(shop, "xyz", monkeypatch) as malls:
        yield malls


@contextmanager
def newer_tables(shop: Shop) -> Iterator[None]:
    """Let the tables be of a version that this code does not know."""
    [known] = shop.rows("SELECT version_num FROM alembic_version")
    _be_at_version(shop, "9999")
    yield
    _be_at_version(shop, known["version_num"])


def _be_at_version(shop: Shop, version: str) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": version})


def one_shard(shop: Shop, flow: Flow[..., Any], malls: list[MallId]) -> dict[str, Any]:
    """Cut the malls into one shard, and return the parameters of its run."""
    assert ran(flow, mall_ids=malls, shard_size=10).is_completed()
    [row] = shop.rows("SELECT fan_out_id, shard_no FROM fan_out_shard")
    return {"fan_out": row["fan_out_id"], "shard": row["shard_no"]}


@each_flow
def test_a_shard_on_a_worker_older_than_the_tables_claims_nothing_and_runs_after_the_upgrade(
    shop: Shop, fleet: list[MallId], flow: Any, shards_flow: Any, done: str
) -> None:
    shard = one_shard(shop, flow, fleet)
    with newer_tables(shop):
        state = ran(shards_flow, **shard)
        assert state.is_failed()
        assert NEWER in state.message
        assert "\n" not in state.message
    assert shop.rows("SELECT attempts, run_id FROM fan_out_shard") == [
        {"attempts": 0, "run_id": None}
    ]
    assert {shop.document(mall).generation for mall in fleet} == {1}
    state = ran(shards_flow, **shard)
    assert state.is_completed()
    assert state.message == f"3 malls in 1 shards: {done}."


@each_flow
def test_a_fleet_is_not_cut_by_a_worker_older_than_the_tables(
    shop: Shop, fleet: list[MallId], flow: Any, shards_flow: Any, done: str
) -> None:
    with newer_tables(shop):
        state = ran(flow, mall_ids=fleet, shard_size=10)
        assert state.is_failed()
        assert NEWER in state.message
    assert shop.rows("SELECT id FROM fan_out") == []
    assert ran(shards_flow, **one_shard(shop, flow, fleet)).message.endswith(f"{done}.")


@each_flow
def test_a_parameter_that_an_older_flow_does_not_know_is_named_and_nothing_is_claimed(
    shop: Shop, fleet: list[MallId], flow: Any, shards_flow: Any, done: str
) -> None:
    shard = one_shard(shop, flow, fleet)
    run = Run.of(shop, shards_flow, **shard, invented=1)
    ended = run.carried_out()
    assert ended["state_type"] == "FAILED"
    assert "invented" in ended["state"]["message"]
    assert shop.rows("SELECT attempts FROM fan_out_shard") == [{"attempts": 0}]
    assert ran(shards_flow, **shard).message.endswith(f"{done}.")
