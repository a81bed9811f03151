"""A Vault that limits us is waited for: later, but nothing fails and nothing is spilled."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cafe24.malls import MallId
from cafe24.tokens.need import FORCED
from tests.integration.test_keeper.keeper_world import World

Limit = Callable[[int], None]


@pytest.fixture
def limit(world: World, vault_server: dict[str, Any]) -> Iterator[Limit]:
    """Let Vault serve so many requests a second below the world's prefix."""
    root = {"X-Vault-Token": vault_server["root_token"]}
    path = f"/v1/sys/quotas/rate-limit/{world.mall}"

    def to(rate: int) -> None:
        sent = {"path": f"secret/data/test-{world.mall}", "rate": rate, "interval": "1s"}
        world.vault_control.post(path, json=sent, headers=root).raise_for_status()

    yield to
    world.vault_control.delete(path, headers=root)


def is_limited(world: World, line: str, times: int, skip: int = 0) -> None:
    """Let Vault say 429 to so many requests that begin with this line, after the first few."""
    path = f"secret/data/test-{world.mall}/malls/{world.mall}"
    world.order_vault_fault(
        match=f"{line} /v1/{path}",
        kind="status",
        status=429,
        errors=[f'request path "{path}": rate limit quota exceeded'],
        times=times,
        skip=skip,
    )


def spills(world: World) -> list[str]:
    return [path.name for path in world.configuration.spill_dir.rglob("*.spill")]


@pytest.mark.parametrize(
    ("line", "skip"), [("GET", 0), ("POST", 0), ("POST", 1)], ids=["read", "intent", "save"]
)
def test_a_refresh_outwaits_a_limit_at_each_of_its_steps(
    world: World, line: str, skip: int
) -> None:
    before = world.stored().document
    is_limited(world, line, times=5, skip=skip)
    refresh = world.keeper().refresh(world.mall, FORCED)
    assert refresh.outcome == "refreshed"
    assert refresh.unfinished == ()
    document = world.stored().document
    assert (document.generation, document.status) == (before.generation + 1, "active")
    assert len(world.grants()) == 1
    assert [record.outcome for record in world.records] == ["refreshed"]
    assert spills(world) == []


def test_many_threads_under_one_quota_end_later_and_none_of_them_fails(
    world: World, limit: Limit
) -> None:
    store = world.store
    limit(20)
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: store.read_mall(world.mall), range(60)))
    assert {one.document.mall_id for one in found if one is not None} == {MallId(world.mall)}
    assert len(found) == 60
