"""What a list of products is asked for: which, from where, and in what order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sandbox.mall.admin.filters import Filter, filters_of
from sandbox.mall.admin.parameters import Query, whole_number
from sandbox.mall.answers import unprocessable
from sandbox.mall.catalogue.catalogue import Catalogue
from sandbox.mall.catalogue.product import Product

_LIMITS = range(1, 101)
_DEFAULT_LIMIT = 10
_OFFSETS = range(5001)
_CURSORS = range(2_147_483_648)
_FORBIDDEN_WITH_CURSOR = ("product_no", "sort", "order", "offset")

_SORTED_BY: dict[str, Callable[[Product], Any]] = {
    "created_date": lambda product: product.birth.created_at,
    "updated_date": lambda product: product.birth.updated_at,
    "product_name": lambda product: str(product.listed.get("product_name")),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which products of a mall a call is about.

    Attributes:
        shop_no: the shop whose products they are.
        filters: what each product must pass.
        after: the cursor since_product_no; only greater numbers, in ascending order.
        sort: a field in _SORTED_BY; without one, products go by their number.
        is_descending: the direction; without another, the newest product comes first.
    """

    shop_no: int
    filters: list[Filter]
    after: int | None = None
    sort: str = ""
    is_descending: bool = True

    def count(self, catalogue: Catalogue) -> int:
        """Return how many products there are."""
        if not self.filters and self.after is None:
            return len(catalogue)
        return sum(1 for _ in self._found(catalogue))

    def page(self, catalogue: Catalogue, limit: int, offset: int) -> list[Product]:
        """Return one page of the products."""
        return list(islice(self._found(catalogue), offset, offset + limit))

    def _found(self, catalogue: Catalogue) -> Iterator[Product]:
        return (
            product
            for product in (one.in_shop(self.shop_no) for one in self._ordered(catalogue))
            if all(passes(product) for passes in self.filters)
        )

    def _ordered(self, catalogue: Catalogue) -> Iterator[Product]:
        if self.after is not None:
            return catalogue.after(self.after)
        if not self.sort:
            return catalogue.newest_first() if self.is_descending else iter(catalogue)
        return iter(sorted(catalogue, key=_SORTED_BY[self.sort], reverse=self.is_descending))


def settle_companions(query: Query, *, is_strict: bool) -> Query:
    """Return the query without what since_product_no forbids beside it.

    Args:
        query: the parameters of the call.
        is_strict: whether a forbidden one is refused rather than ignored.

    Raises:
        Refused: 422 when strict.
    """
    if not query.get("since_product_no"):
        return query
    forbidden = [name for name in _FORBIDDEN_WITH_CURSOR if name in query]
    if forbidden and is_strict:
        name = forbidden[0]
        raise unprocessable(name, name, "cannot be used together with since_product_no.")
    return {name: value for name, value in query.items() if name not in forbidden}


def selection_of(query: Query, shop_no: int) -> Selection:
    """Return which products the query means; unknown parameters are ignored.

    Raises:
        Refused: 422 for whatever is off the documented rules.
    """
    return Selection(
        shop_no,
        filters_of(query),
        whole_number(query, "since_product_no", "since_product_no", _CURSORS),
        _one_of(query, "sort", ("", *_SORTED_BY)),
        _one_of(query, "order", ("desc", "asc")) == "desc",
    )


def window_of(query: Query) -> tuple[int, int]:
    """Return limit and offset.

    Raises:
        Refused: 422 outside 1 to 100, or above 5000.
    """
    limit = whole_number(query, "limit", "Maximum number of items", _LIMITS)
    offset = whole_number(query, "offset", "Start location of list", _OFFSETS)
    return limit or _DEFAULT_LIMIT, offset or 0


def _one_of(query: Query, name: str, choices: tuple[str, ...]) -> str:
    value = query.get(name, choices[0])
    if value not in choices:
        allowed = ", ".join(choice for choice in choices if choice)
        raise unprocessable(name, name, f"must be one of {allowed}.")
    return value
