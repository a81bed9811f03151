"""What a keeper asks for, and for whom nobody waits."""

import threading
import time

from benchmarks.keeper_floor import Calls
from cafe24.malls import mall_id
from cafe24.tokens.need import FORCED
from tests.integration.test_keeper.keeper_world import World, adopt

SLOW_S = 2.0


def test_a_read_of_a_fresh_token_is_one_vault_read(world: World) -> None:
    keeper = world.keeper()
    keeper.refresh(world.mall)
    calls = Calls()
    with calls.watching():
        keeper.current(world.mall)
    [(method, path, _)] = calls.vault
    assert (method, path.endswith(f"/malls/{world.mall}"), calls.mall) == ("GET", True, 0)


def test_a_refresh_is_seven_vault_calls_and_one_of_the_mall(world: World) -> None:
    keeper = world.keeper()
    keeper.refresh(world.mall)
    calls = Calls()
    with calls.watching():
        keeper.refresh(world.mall, FORCED)
    asked = [f"{method} {path.split('/')[3]}" for method, path, _ in calls.vault]
    # More only where Vault's clock must be looked at more closely than to the second.
    assert [one for one in asked if one != "GET health"] == [
        *("GET data", "GET metadata", "POST data", "POST data"),
        *("GET data", "POST data", "POST metadata"),
    ]
    assert calls.mall == 1


def test_no_mall_waits_for_another(world: World) -> None:
    app = world.stored().document.client_id
    slow, quick = world.mall, mall_id(f"{world.mall}b")
    world.control.post("/__sandbox__/malls", json={"mall_id": quick}).raise_for_status()
    world.mall = quick
    adopt(world, app)
    world.mall = slow
    world.order_fault(on="token", kind="slow", delay_s=SLOW_S, times=1)
    keeper = world.keeper()
    refreshing = threading.Thread(target=keeper.refresh, args=(slow, FORCED))
    refreshing.start()
    began = time.monotonic()
    assert keeper.refresh(quick).outcome == "refreshed"
    took_s = time.monotonic() - began
    assert refreshing.is_alive()
    assert took_s < SLOW_S
    refreshing.join()
