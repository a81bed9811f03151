"""Pages of a mall's product list, by number: never by offset, which skips and repeats.

`since_product_no` gives the products after a number, ascending. It has no wall,
and what is added or deleted meanwhile shifts nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from operator import sub
from statistics import fmean
from typing import Any

from cafe24.api.client import MallApi, Query
from cafe24.errors import ContractBroken

PAGE_SIZE = 100
"""The most Cafe24 allows. Its default is 10."""

EMBEDDED_VARIANTS = 100
"""`embed=variants` stops here without a word."""

TRIES = 3
"""How often an answer is asked for that lacks what it is about: an empty 200 may pass."""

LIST = "products"
COUNT = "products/count"

LARGEST_PRODUCT_NO = 2_147_483_647
"""What `since_product_no` can reach."""
_MOST_DIGITS = 11
"""One more than that has."""

KOREA = timezone(timedelta(hours=9))
COMPARE = "Compare Cafe24's product list with its documentation; nothing was deleted here."


@dataclass(frozen=True, slots=True)
class Listing:
    """Which products are listed.

    Attributes:
        shop_no: the shop of a multi-shop mall.
        updated: only products changed between these two times, both aware. Cafe24
            takes the two only together; whether the ends count is not documented.
        with_variants: whether each record brings its variants.
    """

    shop_no: int = 1
    updated: tuple[datetime, datetime] | None = None
    with_variants: bool = True

    def filters(self) -> dict[str, str | int]:
        """Return the query parameters that list and count share."""
        query: dict[str, str | int] = {"shop_no": self.shop_no}
        if self.updated:
            start, end = self.updated
            query |= {"updated_start_date": _korean(start), "updated_end_date": _korean(end)}
        return query


@dataclass(frozen=True)
class Page:
    """One answer of the list.

    Attributes:
        since: the number it was asked with.
        last: the greatest number on it: the next cursor. Equal to `since` when empty.
        is_short: fewer records than asked for, which is how the list ends.
        with_variants: each record should have brought its variants.
    """

    since: int
    last: int
    records: list[Any]
    is_short: bool
    with_variants: bool = False

    @cached_property
    def numbers(self) -> list[int]:
        """The product_no of each record, in their order; 0 where it has none."""
        return list(map(number_of, self.records))

    @cached_property
    def products(self) -> int:
        """How many products are on it: a number that comes twice is one."""
        return len(set(self.numbers) - {0}) + self.numbers.count(0)

    @property
    def spacing(self) -> float | None:
        """How far apart its numbers are, but for the widest gaps; None when nothing tells."""
        numbers = sorted(set(self.numbers) - {0})
        steps = sorted(map(sub, numbers[1:], numbers))
        usual = steps[: -(-len(steps) * 95 // 100)]
        return fmean(usual) if usual else None

    def until(self, high: int) -> "Page":
        """Return the part of the page up to the number `high`."""
        if self.last < high:
            return self
        both = zip(self.records, self.numbers, strict=True)
        records = [record for record, number in both if number <= high]
        return replace(self, last=high, records=records)


def number_of(record: Any) -> int:
    """Return a record's product_no, also where it is written as text; 0 where it is none."""
    number = record.get("product_no") if isinstance(record, dict) else None
    if isinstance(number, str) and number.isascii() and number.isdecimal():
        number = int(number[:_MOST_DIGITS])
    return number if type(number) is int and 0 < number <= LARGEST_PRODUCT_NO else 0


async def read_count(api: MallApi, listing: Listing, *, since: int = 0) -> int:
    """Return how many products the mall says it lists after the number `since`.

    Raises:
        ContractBroken: the answer holds no count.
    """
    query = listing.filters()
    if since:
        query["since_product_no"] = since
    count: int | None = await _told(api, COUNT, query, "count", _is_count)
    if count is None:
        raise ContractBroken(f"{api.mall_id}: {COUNT} answered without a count.", COMPARE, "count")
    return count


async def read_page(api: MallApi, listing: Listing, since: int) -> Page:
    """Return the page after the number `since`.

    Raises:
        ContractBroken: no list in it, its numbers do not ascend beyond `since`, or
            it is full and none of its numbers can be read.
    """
    query = {**listing.filters(), "limit": PAGE_SIZE, "since_product_no": since}
    if listing.with_variants:
        query["embed"] = "variants"
    records = await _told(api, LIST, query, "products", lambda told: isinstance(told, list))
    if records is None:
        raise ContractBroken(f"{api.mall_id}: {LIST} answered without a list.", COMPARE, LIST)
    is_short = len(records) < PAGE_SIZE
    last = _last_number(api, records, since)
    if last == since and not is_short:
        raise ContractBroken(
            f"{api.mall_id}: the product list does not advance beyond product_no {since}.",
            COMPARE,
            f"{LIST}[].product_no",
        )
    return Page(since, last, records, is_short, listing.with_variants)


async def _told(
    api: MallApi, endpoint: str, query: Query, name: str, fits: Callable[[Any], bool]
) -> Any:
    """Return what the answer holds under `name`, None where that never fits."""
    for _ in range(TRIES):
        body = await api.get(endpoint, query)
        told = body.get(name) if isinstance(body, dict) else None
        if fits(told):
            return told
    return None


def _is_count(told: Any) -> bool:
    return type(told) is int and told >= 0


def _last_number(api: MallApi, records: list[Any], since: int) -> int:
    """Return the greatest product_no, having checked that they ascend.

    A number that comes twice on a page is met where it came first; one that is no
    whole number is left to quarantine.
    """
    last, seen = since, set[int]()
    for record in records:
        number = number_of(record)
        if number == 0 or number in seen:
            continue
        if number <= last:
            raise ContractBroken(
                f"{api.mall_id}: the product list does not ascend: product_no {number} "
                f"came after {last}.",
                COMPARE,
                f"{LIST}[].product_no",
            )
        seen.add(number)
        last = number
    return last


def _korean(moment: datetime) -> str:
    """Return the time as Cafe24's filters take it, such as `2026-11-23T14:05:41+09:00`."""
    return moment.astimezone(KOREA).isoformat(timespec="seconds")
