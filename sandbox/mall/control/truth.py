"""The whole truth about a mall, for a test to compare with what was synced or stored."""

from collections import Counter
from datetime import datetime
from typing import Any

from starlette.requests import Request

from sandbox.mall.admin.parameters import names
from sandbox.mall.catalogue.product import Product
from sandbox.mall.clock import dated
from sandbox.mall.mall import Mall
from sandbox.mall.oauth.tokens import Shelf, Token, live
from sandbox.mall.world import World

Record = dict[str, Any]


async def tell_truth(world: World, mall: Mall, request: Request) -> Any:
    """Return all products with all variants, and all live tokens in full.

    `?fields=product_no,updated_date` narrows the products. Those that control made odd
    are told by their numbers alone, and counted.
    """
    now = world.clock.now()
    fields = names(request.query_params, "fields")
    products = [_whole(product) for product in mall.catalogue if product.odd_json is None]
    return {
        "mall_id": mall.mall_id,
        "trouble": world.troubles.get(mall.mall_id),
        "now": dated(now),
        "app_installed": mall.has_app,
        "access_tokens": _tokens(mall.tokens.access, now),
        "refresh_tokens": _tokens(mall.tokens.refresh, now),
        "product_count": len(mall.catalogue),
        "variant_count": sum(len(product["variants"]) for product in products),
        "products": [_narrowed(product, fields) for product in products],
        "odd": [product.birth.product_no for product in mall.catalogue if product.odd_json],
    }


async def tell_all(world: World, _request: Request) -> Any:
    """Return of every mall, in short: its products, trouble, live refresh tokens, token requests.

    The token requests are counted by their outcome; when the last was granted is told to
    the microsecond. Nothing is invented for it.
    """
    now = world.clock.now()
    return {"malls": {mall_id: _in_short(world, mall_id, now) for mall_id in world.mall_ids()}}


def _in_short(world: World, mall_id: str, now: datetime) -> Record:
    mall = world.touched(mall_id)
    tokens = live(mall.tokens.refresh, now) if mall else []
    requests = mall.token_requests.outcomes() if mall else Counter()
    granted_at = mall.token_requests.last_granted_at() if mall else None
    return {
        "product_count": mall.product_count if mall else world.first_size(mall_id),
        "trouble": world.troubles.get(mall_id),
        "refresh_tokens": [token.text for token in tokens],
        "token_requests": requests,
        "last_granted_at": granted_at and granted_at.isoformat(),
    }


def _whole(product: Product) -> Record:
    record, variants = product.whole
    return {**record, "variants": variants}


def _narrowed(product: Record, fields: tuple[str, ...]) -> Record:
    return {name: value for name, value in product.items() if not fields or name in fields}


def _tokens(shelf: Shelf, now: datetime) -> list[Record]:
    return [_token(token, now) for token in live(shelf, now)]


def _token(token: Token, now: datetime) -> Record:
    return {
        "token": token.text,
        "remaining_s": round((token.expires_at - now).total_seconds(), 1),
        "expires_at": dated(token.expires_at),
        "issued_at": dated(token.issued_at),
        "scopes": list(token.scopes),
        "family": token.family,
    }
