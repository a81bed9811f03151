"""The pages for people: all malls at `/`, one mall's products at `/{mall_id}/`."""

from datetime import datetime
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.mall.answers import edge_not_found
from sandbox.mall.mall import Mall
from sandbox.mall.pages.pages import page
from sandbox.mall.world import World

_MALLS_SHOWN = 50
_CALLS_SHOWN = 25
_PAGE_SIZE = 50
_MOST_DIGITS = 18
_COLUMNS = (
    "product_no",
    "product_code",
    "product_name",
    "price",
    "display",
    "selling",
    "sold_out",
    "updated_date",
)
_HOUR_S, _MINUTE_S, _DAY_S = 3600, 60, 86400


def page_routes(world: World) -> list[BaseRoute]:
    """Return the routes of the pages."""

    async def index(_request: Request) -> Response:
        now = world.clock.now()
        shown = world.mall_ids(_MALLS_SHOWN)
        return page(
            "index.html",
            now=now,
            app=world.app,
            malls=[_mall_line(world, mall_id, now) for mall_id in shown],
            more=len(world) - len(shown),
            calls=world.calls.recent()[:_CALLS_SHOWN],
        )

    async def mall_page(request: Request) -> Response:
        mall = world.find(request.path_params["mall_id"])
        return edge_not_found() if mall is None else _products_page(mall, request)

    return [Route("/", index), Route("/{mall_id}/", mall_page)]


def _mall_line(world: World, mall_id: str, now: datetime) -> dict[str, Any]:
    """Return what the index tells of a mall; one that nobody called yet stays unmade."""
    mall = world.touched(mall_id)
    if mall is None:
        lives = {"access": "", "refresh": ""}
        products = world.first_size(mall_id)
        return {"mall_id": mall_id, "products": products, "app": "", "lives": lives}
    expiries = mall.newest_expiries(now)
    return {
        "mall_id": mall_id,
        "products": mall.product_count,
        "app": "설치됨 installed" if mall.has_app else "",
        "lives": {
            name: span((expiry - now).total_seconds()) if expiry else ""
            for name, expiry in expiries.items()
        },
    }


def _products_page(mall: Mall, request: Request) -> Response:
    after = request.query_params.get("after", "0")
    cursor = int(after[:_MOST_DIGITS]) if after.isascii() and after.isdecimal() else 0
    found = list(islice(mall.catalogue.after(cursor), _PAGE_SIZE + 1))
    shown = found[:_PAGE_SIZE]
    return page(
        "mall.html",
        mall_id=mall.mall_id,
        total=mall.product_count,
        products=[{name: product.listed.get(name, "") for name in _COLUMNS} for product in shown],
        next_after=shown[-1].birth.product_no if len(found) > len(shown) else None,
    )


def span(seconds: float) -> str:
    """Return a time span in its two largest units, such as `13d 4h`."""
    days, rest = divmod(int(seconds), _DAY_S)
    hours, rest = divmod(rest, _HOUR_S)
    minutes = rest // _MINUTE_S
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes}m" if hours else f"{minutes}m {rest % _MINUTE_S}s"
