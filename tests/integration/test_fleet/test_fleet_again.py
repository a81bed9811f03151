"""A fleet that is begun again, or that a person named: what starts, and when."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from cafe24.fleet.fan_out import Waiting
from cafe24.malls import MallId
from cafe24.tokens.ledger import Ledger
from cafe24.tokens.outcome import GrantRecord
from flows.refresh_tokens import SHARDS, refresh_tokens
from flows.refresh_tokens_shard import refresh_tokens_shard
from tasks.fan_out import start_shards
from tasks.keeper import known_generations
from tests.integration.surroundings import Shop, ran
from tests.integration.test_fleet.shards import SIZE, all_ran, shards

NOW = datetime(2026, 11, 23, 19, tzinfo=UTC)


def started(shop: Shop, attempts: int, run_id: str | None) -> int:
    """Return how many runs were started for a shard of which this is known."""
    shard = Waiting(1, NOW, attempts, run_id)
    this = f"{shop.mall}-fan-out"
    return asyncio.run(start_shards.fn(this, SHARDS, [shard], {}))


def note_granted(shop: Shop, mall: MallId, monkeypatch: pytest.MonkeyPatch) -> list[MallId]:
    """Let the ledger know a ninth grant of the mall; return who will ask it for one mall."""
    pair = shop.document(mall)
    record = GrantRecord(
        pair.environment, mall, pair.lineage, 9, "invented", "invented", "invented", NOW, NOW,
        "refreshed",
    )  # fmt: skip
    Ledger(shop.engine).append(record)
    asked: list[MallId] = []

    def noted(engine: Engine, one: MallId) -> dict[str, int]:
        asked.append(one)
        return known_generations(engine, one)

    monkeypatch.setattr("tasks.keeper.known_generations", noted)
    return asked


@pytest.mark.usefixtures("fleet")
def test_a_shard_whose_run_lives_gets_no_second_one_and_one_whose_run_ended_does(
    shop: Shop,
) -> None:
    assert started(shop, 0, None) == 1
    [run] = shop.prefect.runs_of(SHARDS)
    assert started(shop, 1, run["id"]) == 0
    ended = {"state": {"type": "CRASHED", "name": "Crashed"}, "force": True}
    shop.prefect.sent("POST", f"/flow_runs/{run['id']}/set_state", ended).raise_for_status()
    assert started(shop, 1, run["id"]) == 1
    assert len(shop.prefect.runs_of(SHARDS)) == 2


@pytest.mark.usefixtures("fleet")
def test_a_step_that_is_tried_again_starts_no_run_twice(shop: Shop) -> None:
    started(shop, 0, None)
    started(shop, 0, None)
    assert len(shop.prefect.runs_of(SHARDS)) == 1


def test_a_shard_whose_run_was_deleted_gets_another(shop: Shop, fleet: list[MallId]) -> None:
    assert fleet
    started(shop, 0, None)
    [run] = shop.prefect.runs_of(SHARDS)
    shop.prefect.sent("DELETE", f"/flow_runs/{run['id']}")
    assert started(shop, 1, run["id"]) == 1


def test_malls_that_are_named_wait_for_no_spread(shop: Shop, fleet: list[MallId]) -> None:
    ran(refresh_tokens, mall_ids=fleet, shard_size=SIZE)
    assert {one["spread_s"] for one in shards(shop)} == {0.0}
    assert len({one["due_at"] for one in shards(shop)}) == 1


def test_keep_warm_waits_for_no_spread(shop: Shop, fleet: list[MallId]) -> None:
    store = shop.tokens.store()
    for mall in fleet:
        stored = store.mall(mall)
        warm = stored.document.model_copy(update={"keep_warm": True})
        store.write_mall(warm, cas=stored.version)
    ran(refresh_tokens, only_keep_warm=True, shard_size=SIZE)
    assert sum(one["malls"] for one in shards(shop)) == len(fleet)
    assert {one["spread_s"] for one in shards(shop)} == {0.0}


def test_a_fleet_asks_the_ledger_once_and_notices_a_vault_that_was_rolled_back(
    shop: Shop, fleet: list[MallId], monkeypatch: pytest.MonkeyPatch
) -> None:
    rolled_back = fleet[1]
    asked = note_granted(shop, rolled_back, monkeypatch)
    ran(refresh_tokens, shard_size=SIZE, spread=False)
    *_, last = all_ran(shop, refresh_tokens_shard)
    assert last.is_failed()
    assert (
        f"Vault holds generation 1 of {rolled_back}, but generation 9 was granted" in last.message
    )
    assert asked == []


def test_a_single_run_asks_it_for_each_mall(
    shop: Shop, fleet: list[MallId], monkeypatch: pytest.MonkeyPatch
) -> None:
    rolled_back = fleet[1]
    asked = note_granted(shop, rolled_back, monkeypatch)
    state = ran(refresh_tokens, mall_ids=[rolled_back])
    assert "but generation 9 was granted" in state.message
    assert asked == [rolled_back]
