"""The app is removed from the mall: the API says so, and no token call is spent on it."""

import asyncio

import pytest

from cafe24.api.client import MallApi
from cafe24.errors import AppUninstalled, Reauthorize
from cafe24.tokens.keeper import Keeper
from tests.integration.test_keeper.keeper_world import World


def count(keeper: Keeper, world: World) -> object:
    async def ask() -> object:
        url = keeper.api_address(world.mall)
        async with MallApi(world.mall, url, keeper) as api:
            return await api.get("products/count", {"shop_no": 1})

    return asyncio.run(ask())


def test_a_removed_app_is_written_down_and_nothing_is_spent_on_it(world: World) -> None:
    keeper = world.keeper()
    assert count(keeper, world)
    path = f"/__sandbox__/malls/{world.mall}/revoke"
    world.control.post(path, json={"what": "app"}).raise_for_status()
    with pytest.raises(AppUninstalled, match=f"install it again.*authorize {world.mall}"):
        count(keeper, world)
    after = world.stored()
    described = world.store.mall_metadata(world.mall)
    assert after.document.status == "reauthorize"
    assert described is not None
    assert described.custom["status"] == "reauthorize"
    with pytest.raises(Reauthorize, match="is dead"):
        keeper.refresh(world.mall)
    assert len(world.grants()) == 1


def test_a_pair_that_moved_on_is_not_given_up(world: World) -> None:
    keeper = world.keeper()
    refused = keeper.current(world.mall)
    world.rewrite(lambda old: old.model_copy(update={"generation": old.generation + 1}))
    keeper.uninstalled(world.mall, refused)
    assert world.stored().document.status == "active"
