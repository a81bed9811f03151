"""The filters of the product list: each query parameter becomes a test of one product.

Source: Cafe24's Admin API reference, GET products. Unknown parameters are ignored.
"""

from collections.abc import Callable
from datetime import timedelta

from sandbox.mall.admin.parameters import Query, amount, flag, is_date_only, moment, values
from sandbox.mall.admin.whole_filters import whole_filters
from sandbox.mall.answers import unprocessable
from sandbox.mall.catalogue.money import money
from sandbox.mall.catalogue.product import Product

Filter = Callable[[Product], bool]

_FLAGS = ("display", "selling", "market_sync")
_EXACT = (
    "product_code",
    "custom_product_code",
    "brand_code",
    "manufacturer_code",
    "supplier_code",
    "trend_code",
    "classification_code",
    "model_name",
    "product_condition",
    "approve_status",
)
_CONTAINED = (
    "product_name",
    "eng_product_name",
    "internal_product_name",
    "supply_product_name",
    "origin_place_value",
    "product_tag",
)
_RANGES = ("price", "retail_price", "supply_price")
_PERIODS = ("created", "updated")


def filters_of(query: Query) -> list[Filter]:
    """Return the tests that a product must pass.

    Raises:
        Refused: 422 for a value off the documented rules.
    """
    found = [_flag(query, name) for name in _FLAGS if name in query]
    found += [_exact(query, name) for name in _EXACT if name in query]
    found += [_contained(query, name) for name in _CONTAINED if name in query]
    found += [_range(query, name) for name in _RANGES if _names(name, "min", "max") & set(query)]
    found += [
        _period(query, name)
        for name in _PERIODS
        if _names(name, "start_date", "end_date") & set(query)
    ]
    if "product_no" in query:
        found.append(_numbered(values(query, "product_no")))
    return found + whole_filters(query)


def _names(name: str, *ends: str) -> set[str]:
    return {f"{name}_{end}" for end in ends}


def _flag(query: Query, name: str) -> Filter:
    wanted = flag(query, name)
    return lambda product: product.listed.get(name) == wanted


def _exact(query: Query, name: str) -> Filter:
    wanted = values(query, name)
    return lambda product: str(product.listed.get(name)) in wanted


def _numbered(wanted: set[str]) -> Filter:
    return lambda product: str(product.birth.product_no) in wanted


def _contained(query: Query, name: str) -> Filter:
    wanted = {value.casefold() for value in values(query, name)}

    def passes(product: Product) -> bool:
        held = product.listed.get(name) or ""
        text = (" ".join(map(str, held)) if isinstance(held, list) else str(held)).casefold()
        return any(value in text for value in wanted)

    return passes


def _range(query: Query, name: str) -> Filter:
    low, high = amount(query, f"{name}_min"), amount(query, f"{name}_max")

    def passes(product: Product) -> bool:
        held = money(product.listed.get(name))
        return (low is None or held >= low) and (high is None or held <= high)

    return passes


def _period(query: Query, name: str) -> Filter:
    start, end = f"{name}_start_date", f"{name}_end_date"
    for missing, given in ((start, end), (end, start)):
        if missing not in query:
            raise unprocessable(missing, missing, f"must be given together with {given}.")
    first, last = moment(query, start), moment(query, end)
    if query[start] == query[end]:
        # Equal ends mean that whole day, even when they name an hour.
        first = last = first.replace(hour=0, minute=0, second=0, microsecond=0)
    if query[start] == query[end] or is_date_only(query[end]):
        last += timedelta(days=1, seconds=-1)
    low, high = first.timestamp(), last.timestamp()
    if name == "created":
        return lambda product: low <= product.birth.created_at <= high
    return lambda product: low <= product.birth.updated_at <= high
