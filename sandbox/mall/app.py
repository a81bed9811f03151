"""The sandbox mall as one ASGI application: addresses, and who answers there."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from sandbox.mall.admin import products
from sandbox.mall.admin.gate import Gate
from sandbox.mall.answers import no_api_found
from sandbox.mall.control import malls, server
from sandbox.mall.control.desk import for_mall, refused, taken
from sandbox.mall.control.truth import tell_all, tell_truth
from sandbox.mall.endpoint import Endpoint, Handler
from sandbox.mall.hosts import MallHosts
from sandbox.mall.mall import Mall
from sandbox.mall.oauth.authorize import get_authorize, post_authorize
from sandbox.mall.oauth.token_care import get_scopes, post_revoke
from sandbox.mall.oauth.token_endpoint import post_token
from sandbox.mall.pages.routes import page_routes
from sandbox.mall.world import World

_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_READ, _WRITE, _STORE = "mall.read_product", "mall.write_product", "mall.read_store"
_PRODUCT = "products/{product_no}"
_VARIANT = _PRODUCT + "/variants/{variant_code}"

_OAUTH: tuple[tuple[str, str, str, Handler], ...] = (
    ("authorize", "GET", "authorize", get_authorize),
    ("authorize", "POST", "authorize", post_authorize),
    ("token", "POST", "token", post_token),
    ("revoke", "POST", "revoke", post_revoke),
    ("token/scopes", "GET", "scopes", get_scopes),
)

_ADMIN: tuple[tuple[str, str, str, str, Handler], ...] = (
    ("products", "GET", "products", _READ, products.list_products),
    ("products/count", "GET", "count", _READ, products.count_products),
    (_PRODUCT, "GET", "detail", _READ, products.get_product),
    (_PRODUCT, "PUT", "update", _WRITE, products.put_product),
    (_PRODUCT + "/variants", "GET", "variants", _READ, products.list_variants),
    (_VARIANT, "GET", "variant", _READ, products.get_variant),
    (_VARIANT + "/inventories", "GET", "inventories", _READ, products.get_inventory),
    ("store", "GET", "store", _STORE, products.get_store),
)


def build_app(world: World) -> ASGIApp:
    """Return the application that plays `world`."""
    control = Mount("/__sandbox__", routes=_control_routes(world))
    return MallHosts(
        Starlette(routes=[control, *page_routes(world), *_api_routes(world)]),
    )


def _api_routes(world: World) -> list[BaseRoute]:
    oauth = [
        _route(f"oauth/{path}", method, Endpoint(name, world, handler))
        for path, method, name, handler in _OAUTH
    ]
    admin = [
        _route(f"admin/{path}", method, Endpoint(name, world, Gate(name, scope, handler)))
        for path, method, name, scope, handler in _ADMIN
    ]
    everything_else = Route("/{mall_id}/{path:path}", Endpoint("unknown", world, _no_api))
    return [*oauth, *admin, everything_else]


def _route(path: str, method: str, endpoint: Endpoint) -> Route:
    return Route(f"/{{mall_id}}/api/v2/{path}", endpoint, methods=[method])


async def _no_api(_world: World, _mall: Mall, _request: Request) -> Response:
    raise no_api_found()


def _control_routes(world: World) -> list[BaseRoute]:
    whole_server = [
        ("malls", "GET", server.list_malls),
        ("malls", "POST", server.create_mall),
        ("clock", "GET", server.read_clock),
        ("clock", "POST", server.move_clock),
        ("app", "GET", server.read_app),
        ("app", "POST", server.register_app),
        ("calls", "GET", server.read_calls),
        ("calls", "DELETE", server.forget_calls),
        ("truth", "GET", tell_all),
        ("troubles", "GET", server.list_troubles),
        ("troubles", "POST", server.order_troubles),
        ("troubles", "DELETE", server.end_troubles),
        ("limits", "POST", server.limit_all),
        ("behaviour", "POST", server.behave_all),
    ]
    one_mall = [
        ("pair", "POST", malls.make_pair),
        ("revoke", "POST", malls.revoke),
        ("products", "POST", malls.change_products),
        ("faults", "GET", malls.list_faults),
        ("faults", "POST", malls.order_faults),
        ("faults", "DELETE", malls.clear_faults),
        ("truth", "GET", tell_truth),
        ("grants", "GET", malls.list_grants),
        ("limits", "GET", malls.read_limits),
        ("limits", "POST", malls.set_limits),
        ("behaviour", "GET", malls.read_behaviour),
        ("behaviour", "POST", malls.set_behaviour),
    ]
    orders = whole_server + [
        (f"malls/{{mall_id}}/{path}", method, for_mall(order)) for path, method, order in one_mall
    ]
    known = [
        Route(f"/{path}", taken(world, order), methods=[method]) for path, method, order in orders
    ]
    unknown = refused([f"{method} {path}" for path, method, _order in orders])
    return [*known, Route("/{path:path}", taken(world, unknown), methods=_ANY_METHOD)]
