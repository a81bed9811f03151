"""GET and PUT /api/v2/admin/products...: lists, counts, single products, variants, stock."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.mall.admin.parameters import Query, names, whole_number
from sandbox.mall.admin.query import selection_of, settle_companions, window_of
from sandbox.mall.admin.views import detail, list_item, variant_item
from sandbox.mall.answers import admin_refusal, json_answer, no_api_found, unprocessable
from sandbox.mall.catalogue.changes import READ_ONLY, write_fields
from sandbox.mall.catalogue.product import FIRST_SHOP, Product
from sandbox.mall.catalogue.variants import inventory_of
from sandbox.mall.forms import is_json, read_object
from sandbox.mall.mall import Mall
from sandbox.mall.world import World

_SHOPS = range(1, 1000)
_MOST_DIGITS = 18
"""Longer than any product_no, and short enough for int()."""


async def list_products(_world: World, mall: Mall, request: Request) -> Response:
    """Return one page of products."""
    query = _settled(mall, request)
    selection = selection_of(query, _shop_no(mall, query))
    page = selection.page(mall.catalogue, *window_of(query))
    fields, embed = names(query, "fields"), names(query, "embed")
    return json_answer({"products": [list_item(product, fields, embed) for product in page]})


async def count_products(_world: World, mall: Mall, request: Request) -> Response:
    """Return how many products the same filters find."""
    query = _settled(mall, request)
    selection = selection_of(query, _shop_no(mall, query))
    return json_answer({"count": selection.count(mall.catalogue)})


async def get_product(_world: World, mall: Mall, request: Request) -> Response:
    """Return one product, with the fields that no list has."""
    query = request.query_params
    product = _product(mall, request)
    fields, embed = names(query, "fields"), names(query, "embed")
    return json_answer({"product": detail(product, fields, embed)})


async def put_product(world: World, mall: Mall, request: Request) -> Response:
    """Change a product as a shop's owner does: its updated_date moves."""
    if not is_json(request):
        raise admin_refusal(
            HTTPStatus.BAD_REQUEST, "Content-type is not an application/json in the header."
        )
    product = _sold(mall, request)
    body = await read_object(request) or {}
    fields = body.get("request")
    if not isinstance(fields, dict):
        raise admin_refusal(HTTPStatus.BAD_REQUEST, "Please enter the Request parameter.")
    editable = product.record.keys() - READ_ONLY
    known = {name: value for name, value in fields.items() if name in editable}
    write_fields(product, known, int(world.clock.now().timestamp()))
    return json_answer({"product": product.record})


async def list_variants(_world: World, mall: Mall, request: Request) -> Response:
    """Return all variants of a product, also beyond the hundredth."""
    query = request.query_params
    fields, embed = names(query, "fields"), names(query, "embed")
    variants = _product(mall, request).variants
    return json_answer({"variants": [variant_item(one, fields, embed) for one in variants]})


async def get_variant(_world: World, mall: Mall, request: Request) -> Response:
    """Return one variant."""
    query = request.query_params
    fields, embed = names(query, "fields"), names(query, "embed")
    return json_answer({"variant": variant_item(_variant(mall, request), fields, embed)})


async def get_inventory(_world: World, mall: Mall, request: Request) -> Response:
    """Return one variant's stock."""
    return json_answer({"inventory": inventory_of(_variant(mall, request))})


async def get_store(_world: World, mall: Mall, _request: Request) -> Response:
    """Return who runs the shop."""
    store = {
        "shop_no": FIRST_SHOP,
        "shop_name": f"{mall.mall_id} 쇼핑몰",
        "mall_id": mall.mall_id,
        "base_domain": f"{mall.mall_id}.cafe24.com",
        "primary_domain": f"{mall.mall_id}.cafe24.com",
        "company_name": "(주)모래상자",
        "president_name": "모래",
        "email": f"{mall.mall_id}@example.com",
    }
    return json_answer({"store": store})


def _settled(mall: Mall, request: Request) -> Query:
    is_strict = mall.behaviour.since_product_no_is_strict
    return settle_companions(request.query_params, is_strict=is_strict)


def _shop_no(mall: Mall, query: Query) -> int:
    shop_no = whole_number(query, "shop_no", "Shop Number", _SHOPS) or FIRST_SHOP
    if shop_no not in mall.behaviour.shop_nos:
        raise unprocessable("shop_no", "Shop Number", "does not exist.")
    return shop_no


def _sold(mall: Mall, request: Request) -> Product:
    number = request.path_params["product_no"]
    if not (number.isascii() and number.isdecimal()):
        raise no_api_found()
    product = mall.catalogue.get(int(number)) if len(number) <= _MOST_DIGITS else None
    if product is None:
        raise admin_refusal(HTTPStatus.NOT_FOUND, "No product found.")
    return product


def _product(mall: Mall, request: Request) -> Product:
    return _sold(mall, request).in_shop(_shop_no(mall, request.query_params))


def _variant(mall: Mall, request: Request) -> dict[str, Any]:
    for variant in _product(mall, request).variants:
        if variant.get("variant_code") == request.path_params["variant_code"]:
            return variant
    raise admin_refusal(HTTPStatus.NOT_FOUND, "No variant found.")
