"""Filters of the product list that look further than its own fields: stock, category, options.

Source: Cafe24's Admin API reference, GET products; a product passes a test of its
variants when any of them does.
"""

from collections.abc import Callable
from typing import Any

from sandbox.mall.admin.parameters import Query, amount, flag, values
from sandbox.mall.catalogue.money import money
from sandbox.mall.catalogue.product import Product

Record = dict[str, Any]
Filter = Callable[[Product], bool]

_STOCK = {"stock_quantity": "quantity", "stock_safety": "safety_inventory"}
_KEY, _VALUE = "additional_information_key", "additional_information_value"


def whole_filters(query: Query) -> list[Filter]:
    """Return the tests that need all fields of a product, or its variants.

    Raises:
        Refused: 422 for a value off the documented rules.
    """
    found = [_stock(query, name) for name in _STOCK if {f"{name}_min", f"{name}_max"} & set(query)]
    found += [telling(query) for name, telling in _TELLING.items() if name in query]
    return found


def _any_variant(field: str, wanted: set[str]) -> Filter:
    return lambda product: any(str(one.get(field)) in wanted for one in product.variants)


def _stock(query: Query, name: str) -> Filter:
    low, high = amount(query, f"{name}_min"), amount(query, f"{name}_max")

    def fits(variant: Record) -> bool:
        held = money(variant.get(_STOCK[name]))
        return (low is None or held >= low) and (high is None or held <= high)

    return lambda product: any(map(fits, product.variants))


def _in_category(query: Query) -> Filter:
    wanted = values(query, "category")
    return lambda product: any(
        str(one.get("category_no")) in wanted for one in _objects(product, "category")
    )


def _without_category(query: Query) -> Filter:
    is_wanted = flag(query, "category_unapplied") == "T"
    return lambda product: not (is_wanted and _objects(product, "category"))


def _bundle(query: Query) -> Filter:
    is_wanted = flag(query, "product_bundle") == "T"
    return lambda product: (product.listed.get("set_product_type") is not None) == is_wanted


def _weight(query: Query) -> Filter:
    wanted = {money(value) for value in values(query, "product_weight")}
    return lambda product: money(product.listed.get("product_weight")) in wanted


def _option_type(query: Query) -> Filter:
    wanted = values(query, "option_type")
    return lambda product: product.record.get("option_type") in wanted


def _informed(query: Query) -> Filter:
    keys, value = values(query, _KEY), query.get(_VALUE, "")
    return lambda product: any(
        one.get("key") in keys and value in str(one.get("value"))
        for one in _objects(product, "additional_information")
    )


def _objects(product: Product, field: str) -> list[Record]:
    """Return the objects in a list; control and given files may have put anything there."""
    held = product.record.get(field)
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


_TELLING: dict[str, Callable[[Query], Filter]] = {
    "use_inventory": lambda query: _any_variant("use_inventory", {flag(query, "use_inventory")}),
    "custom_variant_code": lambda query: _any_variant(
        "custom_variant_code", values(query, "custom_variant_code")
    ),
    "category": _in_category,
    "category_unapplied": _without_category,
    "product_bundle": _bundle,
    "product_weight": _weight,
    "option_type": _option_type,
    _KEY: _informed,
}
