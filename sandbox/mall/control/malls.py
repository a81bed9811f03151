"""Orders about one mall: its tokens, products, faults, limits and ways."""

from dataclasses import asdict
from typing import Any

import orjson
from starlette.requests import Request

from sandbox.mall.bad_order import BadOrder
from sandbox.mall.catalogue.orders import carry_out
from sandbox.mall.control.desk import read_order, seconds
from sandbox.mall.mall import Mall
from sandbox.mall.oauth.token_answer import token_answer
from sandbox.mall.oauth.tokens import ACCESS_LIFETIME, REFRESH_LIFETIME
from sandbox.mall.switches import turned
from sandbox.mall.world import World

_PAIR = ("refresh_remaining_s", "access_remaining_s", "issued_ago_s", "scopes")
_REVOCATIONS = ("all", "refresh", "access", "app")


async def make_pair(world: World, mall: Mall, request: Request) -> Any:
    """Issue a live pair as if somebody had consented, and answer as the token endpoint does."""
    order = await read_order(request, *_PAIR)
    now = world.clock.now().replace(microsecond=0)
    issued_at = now - (seconds(order, "issued_ago_s") or now - now)
    access_left = seconds(order, "access_remaining_s")
    refresh_left = seconds(order, "refresh_remaining_s")
    scopes = order.get("scopes", list(world.app.scopes))
    if not (isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes)):
        raise BadOrder("scopes must be a list of texts.")
    pair = mall.tokens.begin_family(
        tuple(scopes),
        issued_at,
        mall.behaviour.token_style,
        access_lifetime=ACCESS_LIFETIME if access_left is None else now + access_left - issued_at,
        refresh_lifetime=REFRESH_LIFETIME
        if refresh_left is None
        else now + refresh_left - issued_at,
    )
    mall.tokens.discard_oldest_access(now)
    mall.has_app = True
    return token_answer(mall, world.app.client_id, pair)


async def revoke(_world: World, mall: Mall, request: Request) -> Any:
    """Kill `what`: all tokens, the refresh or the access tokens, or the app itself."""
    what = (await read_order(request, "what")).get("what", "all")
    if what not in _REVOCATIONS:
        raise BadOrder(f"what must be one of {list(_REVOCATIONS)}.")
    if what == "app":
        mall.uninstall_app()
    if what in {"all", "access"}:
        mall.tokens.revoke_access()
    if what in {"all", "refresh"}:
        mall.tokens.revoke_refresh()
    return {"mall_id": mall.mall_id, "what": what, "app_installed": mall.has_app}


async def change_products(world: World, mall: Mall, request: Request) -> Any:
    """Let products come, change and go; answer with the product_nos that were touched."""
    order = await read_order(request)
    now_s = int(world.clock.now().timestamp())
    touched = carry_out(order, mall.catalogue, now_s, mall.chance)
    return {**touched, "count": len(mall.catalogue)}


async def list_faults(_world: World, mall: Mall, _request: Request) -> Any:
    """Return the faults that still wait for a call."""
    return {"faults": mall.faults.waiting()}


async def order_faults(world: World, mall: Mall, request: Request) -> Any:
    """Put a list of faults, or one, behind those that wait."""
    try:
        wanted = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise BadOrder("The body must be a JSON list of faults.") from None
    mall.faults.order(wanted if isinstance(wanted, list) else [wanted])
    return await list_faults(world, mall, request)


async def clear_faults(world: World, mall: Mall, request: Request) -> Any:
    """Forget the faults that wait."""
    mall.faults.clear()
    return await list_faults(world, mall, request)


async def list_grants(_world: World, mall: Mall, _request: Request) -> Any:
    """Return every POST to the token endpoint: when, what, how it ended, what it presented."""
    return {"grants": mall.token_requests.told()}


async def read_limits(_world: World, mall: Mall, _request: Request) -> Any:
    """Return the limits, how full the buckets are, and the busiest second so far."""
    return {
        "limits": asdict(mall.limits),
        "buckets": mall.gauge.levels(mall.limits),
        "peak_calls_per_s": mall.gauge.peak_calls_per_s,
    }


async def set_limits(world: World, mall: Mall, request: Request) -> Any:
    """Change the mall's limits."""
    mall.limits = turned(mall.limits, await read_order(request))
    return await read_limits(world, mall, request)


async def read_behaviour(_world: World, mall: Mall, _request: Request) -> Any:
    """Return how the mall behaves where Cafe24 leaves it open."""
    return {"behaviour": asdict(mall.behaviour)}


async def set_behaviour(world: World, mall: Mall, request: Request) -> Any:
    """Change the mall's behaviour."""
    mall.behaviour = turned(mall.behaviour, await read_order(request))
    return await read_behaviour(world, mall, request)
