"""Takes the orders given at /__sandbox__/ and answers in JSON."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.mall.answers import json_answer
from sandbox.mall.bad_order import BadOrder, is_number
from sandbox.mall.forms import read_object
from sandbox.mall.mall import Mall
from sandbox.mall.world import World

Order = Callable[[World, Request], Awaitable[Any]]
MallOrder = Callable[[World, Mall, Request], Awaitable[Any]]

_CENTURY_S = 100 * 365 * 86_400


class _NotThere(BadOrder):
    """The order is for a mall that is not there, or there is no such order."""


def taken(world: World, order: Order) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that carries out the order: its JSON, or one line of error."""

    async def endpoint(request: Request) -> Response:
        try:
            return json_answer(await order(world, request))
        except _NotThere as mistake:
            return json_answer({"error": str(mistake)}, HTTPStatus.NOT_FOUND)
        except BadOrder as mistake:
            return json_answer({"error": str(mistake)}, HTTPStatus.BAD_REQUEST)

    return endpoint


def for_mall(order: MallOrder) -> Order:
    """Return an order that is about the mall in the address."""

    async def about_mall(world: World, request: Request) -> Any:
        mall_id = request.path_params["mall_id"]
        mall = world.find(mall_id)
        if mall is None:
            raise _NotThere(f"There is no mall {mall_id}. POST /__sandbox__/malls opens one.")
        return await order(world, mall, request)

    return about_mall


def refused(there_are: list[str]) -> Order:
    """Return the order that stands for all that control does not know."""

    async def nothing(_world: World, request: Request) -> Any:
        path = request.path_params["path"]
        raise _NotThere(f"There is no {request.method} {path}, but {', '.join(there_are)}.")

    return nothing


async def read_order(request: Request, *known: str) -> dict[str, Any]:
    """Return the order's JSON object; an empty body is an empty one.

    Args:
        request: what control was sent.
        known: the names that may stand in it; none given means any.

    Raises:
        BadOrder: no JSON object, or an unknown name in it.
    """
    order = await read_object(request) if await request.body() else {}
    if order is None:
        raise BadOrder("The body must be a JSON object.")
    if known and (unknown := set(order) - set(known)):
        raise BadOrder(f"Unknown: {sorted(unknown)}. There are {sorted(known)}.")
    return order


def seconds(order: dict[str, Any], name: str) -> timedelta | None:
    """Return a time span given in seconds, or None.

    Raises:
        BadOrder: it is no number, or one of more than a century.
    """
    value = order.get(name)
    if value is None:
        return None
    if not is_number(value, least=-_CENTURY_S, most=_CENTURY_S):
        raise BadOrder(f"{name} must be a number of seconds, a century at most.")
    return timedelta(seconds=value)
