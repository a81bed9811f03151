"""How a product is told: list or detail, narrowed by `fields`, widened by `embed`."""

from collections.abc import Callable
from typing import Any

import orjson

from sandbox.mall.catalogue.dice import Dice
from sandbox.mall.catalogue.product import EMBEDDED_VARIANTS, Product
from sandbox.mall.catalogue.variants import inventory_of, options_of

Record = dict[str, Any]
Names = tuple[str, ...]
Telling = Callable[[], Any]

_MOST_HITS = 5000
_DISCOUNTED = ("pc_discount_price", "mobile_discount_price", "app_discount_price")
_NO_DECORATION: Record = {
    "use_show_date": "F",
    "show_start_date": None,
    "show_end_date": None,
    "image_list": [],
}
_NEVER_ANY = ("channeldiscountprices", "benefits", "memos", "custom_properties")
"""Embeds that are lists; no product of the sandbox has anything in them."""


def list_item(product: Product, fields: Names, embed: Names) -> orjson.Fragment:
    """Return one item of a list, from encoded bytes wherever nothing is narrowed."""
    if product.odd_json is not None:
        return orjson.Fragment(product.odd_json)
    told = orjson.dumps(_narrowed(product.listed, fields)) if fields else product.listed_json
    widened = _embedded(product, embed)
    if not widened:
        return orjson.Fragment(told)
    joint = b"," if told != b"{}" else b""
    return orjson.Fragment(told[:-1] + joint + orjson.dumps(widened)[1:])


def detail(product: Product, fields: Names, embed: Names) -> Record | orjson.Fragment:
    """Return one product with all its fields."""
    if product.odd_json is not None:
        return orjson.Fragment(product.odd_json)
    return {**_narrowed(product.record, fields), **_embedded(product, embed)}


def variant_item(variant: Record, fields: Names, embed: Names) -> Record:
    """Return one variant; `embed=inventories` puts its stock in once more."""
    told = _narrowed(variant, fields)
    return {**told, "inventories": inventory_of(variant)} if "inventories" in embed else told


def _narrowed(record: Record, fields: Names) -> Record:
    if not fields:
        return record
    return {name: value for name, value in record.items() if name in fields}


def _embedded(product: Product, embed: Names) -> Record:
    if not embed:
        return {}
    telling: dict[str, Telling] = {
        "variants": lambda: _variants(product, embed),
        "options": lambda: options_of(*product.whole),
        "hits": lambda: {"count": Dice("hits", product.birth.product_no).below(_MOST_HITS)},
        "additionalimages": lambda: product.record.get("additional_image"),
        "discountprice": lambda: dict.fromkeys(_DISCOUNTED, product.listed.get("price")),
        "decorationimages": lambda: _NO_DECORATION,
        **dict.fromkeys(_NEVER_ANY, list),
    }
    return {name: told() for name, told in telling.items() if name in embed}


def _variants(product: Product, embed: Names) -> Any:
    if "inventories" not in embed:
        return orjson.Fragment(product.variants_json)
    return [variant_item(one, (), embed) for one in product.variants[:EMBEDDED_VARIANTS]]
