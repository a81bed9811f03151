"""Orders about the whole server: its malls, clock, app and log of calls."""

from typing import Any

from starlette.requests import Request

from sandbox.mall.bad_order import BadOrder, is_number
from sandbox.mall.clock import dated, read_moment
from sandbox.mall.control.desk import read_order, seconds
from sandbox.mall.troubles import checked_troubles
from sandbox.mall.world import World

_TEXTS = ("client_id", "client_secret", "name")
_LISTS = ("redirect_uris", "scopes")


async def list_malls(world: World, _request: Request) -> Any:
    """Return the names of all malls."""
    return {"count": len(world), "malls": world.mall_ids()}


async def create_mall(world: World, request: Request) -> Any:
    """Open the mall `{"mall_id": ...}`."""
    order = await read_order(request, "mall_id")
    mall = world.create(order.get("mall_id"))
    return {"mall_id": mall.mall_id, "products": mall.product_count}


async def read_clock(world: World, _request: Request) -> Any:
    """Return the mall's time."""
    return {"now": dated(world.clock.now())}


async def move_clock(world: World, request: Request) -> Any:
    """Move the clock by `advance_s`, or put it to the ISO time `set`."""
    order = await read_order(request, "advance_s", "set")
    step = seconds(order, "advance_s")
    if (step is None) == ("set" not in order):
        raise BadOrder("Give either advance_s, a number of seconds, or set, an ISO time.")
    try:
        if step is not None:
            world.clock.advance(step)
        else:
            world.clock.set(read_moment(order["set"]))
    except (TypeError, ValueError):
        raise BadOrder("The clock goes to an ISO time between 1980 and 2199.") from None
    return await read_clock(world, request)


async def read_app(world: World, _request: Request) -> Any:
    """Return the registered app, its secret included."""
    return {name: getattr(world.app, name) for name in (*_TEXTS, *_LISTS)}


async def register_app(world: World, request: Request) -> Any:
    """Change what the app is registered with; whatever is not named stays."""
    order = await read_order(request, *_TEXTS, *_LISTS)
    for name, value in order.items():
        wanted = [value] if name in _TEXTS else value
        if not (isinstance(wanted, list) and wanted and all(isinstance(v, str) for v in wanted)):
            raise BadOrder(f"{name} must be {'a text' if name in _TEXTS else 'a list of texts'}.")
    for name, value in order.items():
        setattr(world.app, name, value if name in _TEXTS else tuple(value))
    return await read_app(world, request)


async def read_calls(world: World, request: Request) -> Any:
    """Return how often what was called and answered how, and the last calls themselves."""
    mall_id = request.query_params.get("mall_id")
    counts = world.calls.counts(mall_id)
    total = sum(one["count"] for one in counts)
    return {"total": total, "counts": counts, "recent": world.calls.recent(mall_id)}


async def forget_calls(world: World, request: Request) -> Any:
    """Begin to count anew."""
    world.calls.clear()
    return await read_calls(world, request)


async def list_troubles(world: World, _request: Request) -> Any:
    """Return the malls that are in trouble, and in which."""
    return {"malls": world.troubles}


async def order_troubles(world: World, request: Request) -> Any:
    """Let a `share` of all malls be in trouble, or exactly the `malls` that are named."""
    order = await read_order(request, "share", "malls")
    if len(order) != 1:
        raise BadOrder("Give either share, a number from 0 to 1, or malls, an object of kinds.")
    if "malls" in order:
        world.trouble(checked_troubles(order["malls"]))
    elif is_number(order["share"], most=1):
        world.trouble_share(order["share"])
    else:
        raise BadOrder("share must be a number from 0 to 1.")
    return await list_troubles(world, request)


async def end_troubles(world: World, request: Request) -> Any:
    """Let every mall be well again; a dead one's tokens stay dead."""
    world.trouble({})
    return await list_troubles(world, request)


async def limit_all(world: World, request: Request) -> Any:
    """Change the limits of every mall, present and future."""
    world.limit(await read_order(request))
    return {"malls": len(world)}


async def behave_all(world: World, request: Request) -> Any:
    """Change the behaviour of every mall, present and future."""
    world.behave(await read_order(request))
    return {"malls": len(world)}
