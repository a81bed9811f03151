"""Two workers share a fleet's shards, and one is killed with all that it started.

It holds both shards of a refresh whose tokens are being spent at that moment, and a shard
of a sync in the middle of its pages. What follows is the project's own rules at work, with
shorter times: the server ends what gives no sign of life, and lets it wait for a worker
again. Every test looks at the same story from another side.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from blocks.setup import apply
from blocks.work_pool import POOL, SHARDS
from cafe24.commands import START_WORKER
from cafe24.malls import MallId, mall_id
from cafe24.settings import Settings
from flows.refresh_tokens import SHARDS as REFRESHES
from flows.refresh_tokens import refresh_tokens
from flows.sync_products import SHARDS as SYNCS
from flows.sync_products import sync_products
from tests.conftest import Start
from tests.expected_rows import assert_equal
from tests.integration.conftest import Servers
from tests.integration.own_prefect import OwnPrefect, answered, write_project
from tests.integration.surroundings import LIFE, Shop, ignore_open_sockets_to, ran

GONE_AFTER_S = 30
AGAIN_AFTER_S = 10
HELD_S = 12.0
"""How long a mall holds back an answer that a worker is killed over; the keeper waits 15 s."""

PAGE_S = 50.0
"""How long a mall holds back the second page; the sync waits a minute."""

REFRESHED = [mall_id(f"refreshmall{letter}") for letter in "abcdef"]
"""Their places in a fleet make two shards of three malls each, or nearly."""

SYNCED = [mall_id(f"goodsmall{letter}") for letter in "abcdefg"]
"""Three shards of them, of which the first holds more than one mall."""

SIZE = 3
PRODUCTS = 250
"""Of each mall, in three pages."""


_UNFINISHED = "SELECT * FROM fan_out_shard WHERE finished_at IS NULL"


@dataclass(frozen=True)
class Story:
    """Two fleets that were cut, and what may be asked of them."""

    shop: Shop
    own: OwnPrefect
    died: set[tuple[str, int]] = field(default_factory=set)

    def shards(self, flow: str) -> list[dict[str, Any]]:
        """Return the flow's shards, in their order."""
        query = "SELECT * FROM fan_out JOIN fan_out_shard ON fan_out.id = fan_out_id"
        rows = self.shop.rows(f"{query} ORDER BY shard_no")
        return [row for row in rows if row["flow"] == flow]

    def under_way(self) -> set[tuple[str, int]]:
        """Return the shards that some run has begun with and none has ended."""
        query = "SELECT * FROM fan_out JOIN fan_out_shard ON fan_out.id = fan_out_id"
        rows = self.shop.rows(f"{query} WHERE attempts > 0 AND fan_out_shard.finished_at IS NULL")
        return {(row["flow"], row["shard_no"]) for row in rows}

    def runs(self) -> list[dict[str, Any]]:
        prefect = self.shop.prefect
        return [*prefect.runs_of(REFRESHES), *prefect.runs_of(SYNCS)]

    def ended_run(self, fan_out: str) -> dict[str, Any]:
        """Return the run of a fan-out's only shard once it has ended; else nothing."""
        ends = {"COMPLETED", "FAILED", "CRASHED"}
        runs = (run for run in self.runs() if run["parameters"]["fan_out"] == fan_out)
        return next((run for run in runs if run["state_type"] in ends), {})

    def has_ended(self) -> bool:
        return not self.shop.rows("SELECT id FROM fan_out WHERE finished_at IS NULL")

    def grants(self, mall: MallId) -> list[dict[str, Any]]:
        """Return what the mall's token endpoint was asked, as the sandbox saw it."""
        told = self.shop.malls.get(f"/__sandbox__/malls/{mall}/grants").raise_for_status().json()
        found: list[dict[str, Any]] = told["grants"]
        return found

    def is_in_flight(self, mall: MallId) -> bool:
        """Tell whether the mall's token is spent, and Vault does not have the new one yet."""
        return len(self.grants(mall)) == 1 and self.shop.document(mall).generation == 1

    def is_half_read(self, mall: MallId) -> bool:
        """Tell whether some of the mall's products are stored, and not all."""
        held = self.shop.rows("SELECT mall_id, count(*) AS held FROM product GROUP BY mall_id")
        return any(row["mall_id"] == mall and row["held"] < PRODUCTS for row in held)

    def told(self, *words: str) -> list[str]:
        """Return Slack's messages that hold all these words."""
        return [said for said in self.shop.said() if all(word in said for word in words)]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPrefect]:
    own = OwnPrefect(tmp_path_factory.mktemp("workers"))
    try:
        own.start_server()
        yield own
    finally:
        own.stop()


@pytest.fixture(scope="module")
def servers(
    vault_server: dict[str, Any], mall_server: dict[str, Any], start_sandbox: Start
) -> Servers:
    return Servers(vault_server, mall_server, start_sandbox("slack"))


@pytest.fixture(scope="module")
def shop(
    own: OwnPrefect, servers: Servers, empty_database: Path, pytestconfig: pytest.Config
) -> Iterator[Shop]:
    """A project that is set up in this Prefect, with one mall's name and no mall yet."""
    shutil.copy(empty_database, own.home)
    settings = Settings.model_validate(
        {
            "VAULT_ADDR": servers.vault["url"],
            "VAULT_TOKEN": servers.vault["root_token"],
            "CAFE24_VAULT_PREFIX": own.home.name,
            "CAFE24_API_URL": servers.mall["api_url"],
            "CAFE24_DATABASE_URL": f"sqlite:///{own.home}/cafe24.sqlite",
            "CAFE24_SLACK_WEBHOOK_URL": servers.slack["webhook_url"],
            "CAFE24_LANGUAGE": "en",
            "CAFE24_DETAIL_CALLS_PER_RUN": "0",
        }
    )
    write_project(own.home, (900, GONE_AFTER_S), (60, AGAIN_AFTER_S))
    with (
        temporary_settings({PREFECT_API_URL: own.api_url, PREFECT_HOME: own.home}),
        own.client() as prefect,
        httpx.Client(base_url=servers.mall["url"], timeout=30) as malls,
        httpx.Client(base_url=servers.slack["url"], timeout=30) as slack,
    ):
        ignore_open_sockets_to(own.port, pytestconfig)
        apply(settings, own.home)
        shop = Shop(REFRESHED[0], settings, prefect, malls, slack)
        shop.store_app(servers.mall)
        yield shop
        shop.engine.dispose()


@pytest.fixture(scope="module")
def story(own: OwnPrefect, shop: Shop) -> Story:
    """Cut both fleets, kill the worker that has three shards, and wait for the end of all."""
    story = Story(shop, own)
    _connect(shop)
    _cut(story)
    _lose_a_worker(story)
    answered(story.has_ended)
    answered(lambda: all(run["state_type"] == "COMPLETED" for run in story.runs()))
    return story


def _connect(shop: Shop) -> None:
    for mall in REFRESHED:
        shop.connect(mall, left=LIFE / 2)
    for mall in SYNCED:
        shop.connect(mall)
        shop.control("limits", {"is_off": True}, mall)


def _cut(story: Story) -> None:
    """Cut the fleets, and let their malls hold back what the worker will be killed over.

    A refresh needs one process more than a sync, and so comes later: a sync waits for it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.tokens.DIRECTLY", 2)
        ran(refresh_tokens, mall_ids=REFRESHED, shard_size=SIZE, at_once=1)
        ran(sync_products, mall_ids=SYNCED, shard_size=SIZE)
    first, *others = story.shards("sync-products")
    assert [len(story.shards("refresh-tokens")), len(others)] == [2, 2]
    answer = {"on": "token", "kind": "slow_after", "delay_s": HELD_S}
    for mall in REFRESHED:
        story.shop.control("faults", [answer], mall)
    second_page = {"on": "products", "kind": "slow", "delay_s": PAGE_S, "skip": 1}
    for mall in json.loads(first["mall_ids"]):
        story.shop.control("faults", [second_page], mall)


def _lose_a_worker(story: Story) -> None:
    """Let one worker take three shards and another one; kill the first in the midst of it."""
    with get_client(sync_client=True) as client:
        queue = client.read_work_queue_by_name(SHARDS, work_pool_name=POOL)
        client.update_work_queue(queue.id, concurrency_limit=10)
    story.own.start_worker("killed", "--limit", "3")
    answered(lambda: len(story.under_way()) == 3)
    story.own.start_worker("survivor", "--limit", "1")
    answered(
        lambda: any(map(story.is_in_flight, REFRESHED)) and any(map(story.is_half_read, SYNCED))
    )
    story.own.kill_worker("killed")
    story.died.update(story.under_way())
    for mall in (*REFRESHED, *SYNCED):
        story.shop.malls.delete(f"/__sandbox__/malls/{mall}/faults").raise_for_status()


def test_the_shards_of_the_dead_worker_are_begun_again_and_the_others_once(story: Story) -> None:
    """Without the rule that begins them again they stay crashed, and the fleet open."""
    assert ("sync-products", 1) in story.died
    assert {number for flow, number in story.died if flow == "refresh-tokens"}
    for flow in ("refresh-tokens", "sync-products"):
        attempts = {row["shard_no"]: row["attempts"] for row in story.shards(flow)}
        assert attempts == {number: 1 + ((flow, number) in story.died) for number in attempts}


def test_a_dead_run_is_let_wait_for_a_worker_once(story: Story) -> None:
    """A rule that hears its own deed does it again, maybe while a worker begins the run."""
    for run in story.runs():
        path = f"/flow_run_states/?flow_run_id={run['id']}"
        names = [state["name"] for state in story.shop.prefect.sent("GET", path).json()]
        assert names.count("AwaitingRetry") == names.count("Crashed"), names


def test_a_token_that_was_being_spent_is_saved_and_none_is_spent_twice(story: Story) -> None:
    """A helper that died with its run would leave a mall ambiguous, a blind repeat two grants."""
    for mall in REFRESHED:
        assert [one["outcome"] for one in story.grants(mall)] == ["granted"], mall
        held = story.shop.document(mall)
        assert (held.generation, held.status, held.intent) == (2, "active", None), mall


def test_the_ledger_tells_no_grant_twice_and_none_that_vault_does_not_hold(story: Story) -> None:
    """A run tells what was granted; of one that died in the midst of it nobody tells."""
    granted = story.shop.rows("SELECT mall_id, generation FROM token_grant WHERE generation > 1")
    told = [(one["mall_id"], one["generation"]) for one in granted]
    assert len(told) == len(set(told))
    assert set(told) <= {(mall, 2) for mall in REFRESHED}


def test_the_last_shard_reports_once_and_counts_every_mall_once(story: Story) -> None:
    """Of a shard that two runs have begun, both may think they end it."""
    [refresh] = story.shop.rows("SELECT * FROM fan_out WHERE flow = 'refresh-tokens'")
    counts = json.loads(refresh["counts"])
    assert sum(counts.values()) == len(REFRESHED)
    assert set(counts) <= {"refreshed", "fresh"}
    for flow in ("refresh-tokens", "sync-products"):
        key = {"key": {"any_": [f"{flow}-fleet"]}}
        assert len(story.shop.prefect.asked("/artifacts/filter", artifacts=key)) == 1
    assert story.shop.rows("SELECT id FROM incident") == []


def test_the_tables_equal_the_malls_and_an_interrupted_sync_went_on(story: Story) -> None:
    """A lost page would be a missing row, a page that was read twice a change that was none."""
    outcomes = story.shop.rows("SELECT mall_id, outcome FROM sync_run ORDER BY id")
    caught = set(json.loads(story.shards("sync-products")[0]["mall_ids"]))
    for mall in SYNCED:
        told = story.shop.malls.get(f"/__sandbox__/malls/{mall}/truth").raise_for_status().json()
        assert_equal(str(story.own.home / "cafe24.sqlite"), mall, told["products"])
        runs = [one["outcome"] for one in outcomes if one["mall_id"] == mall]
        assert runs == (["interrupted", "synced"] if mall in caught else ["synced"])
    assert story.shop.rows("SELECT * FROM product_change") == []


def test_the_operator_is_told_once_of_each_flow_and_that_it_goes_on_by_itself(
    story: Story,
) -> None:
    for flow in ("refresh-tokens-shard", "sync-products-shard"):
        assert len(story.told(f"{flow}: crashed", "begins it again by itself")) == 1
    # One of two workers is no pool without a worker.
    assert story.told("no worker answers") == []


def test_a_shard_whose_flow_a_worker_does_not_have_waits_for_one_that_has_it(
    story: Story,
) -> None:
    """The worker's code is older than the deployment: no process of its own gets as far as us."""
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(REFRESHES)
        client.update_deployment(
            found.id, DeploymentUpdate(entrypoint="flows.of_tomorrow.of_tomorrow")
        )
        shard = _another_shard(story)
        run = answered(lambda: story.ended_run(shard["fan_out_id"]))
        assert run["state_type"] == "CRASHED"
        assert "\n" not in run["state"]["message"]
        [row] = story.shop.rows(_UNFINISHED)
        assert (row["attempts"], row["run_id"]) == (0, None)
        client.update_deployment(found.id, DeploymentUpdate(entrypoint=found.entrypoint))
    answered(story.has_ended)
    assert len(story.told("refresh-tokens-shard: crashed")) == 1  # within the hour


def test_a_pool_without_a_worker_is_told_while_shards_wait_that_are_never_late(
    story: Story,
) -> None:
    """Their state is not taken for late, so nothing else would tell of them."""
    story.own.kill_worker("survivor")
    shard = _another_shard(story)
    [told] = answered(lambda: story.told("cafe24: no worker answers"))
    assert START_WORKER in told
    waiting = [run for run in story.runs() if run["parameters"]["fan_out"] == shard["fan_out_id"]]
    assert [run["state_name"] for run in waiting] == ["AwaitingTurn"]
    assert story.told("refresh-tokens-shard", "is late") == []


def _another_shard(story: Story) -> dict[str, Any]:
    """Cut three malls, which are fresh by now, into one shard more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.tokens.DIRECTLY", 2)
        ran(refresh_tokens, mall_ids=REFRESHED[:3], shard_size=SIZE)
    [row] = story.shop.rows(_UNFINISHED)
    return row
