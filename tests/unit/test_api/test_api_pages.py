"""Pages of the list: what is asked, and what is not believed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cafe24.api.client import MallApi
from cafe24.api.pages import (
    Listing,
    Page,
    number_of,
    read_count,
    read_page,
)
from cafe24.api.single import read_product, read_variants
from cafe24.errors import ContractBroken, NotFound
from tests.small_mall import SmallMall, product, told

Read = Callable[[MallApi], Any]


def read(mall: SmallMall, what: Read) -> Any:
    async def call() -> Any:
        async with mall.api() as api:
            return await what(api)

    return asyncio.run(call())


def page_of(*records: Any, since: int = 0) -> Page:
    """Return the page that the client makes of these records."""
    mall = SmallMall()
    mall.faults.append(lambda _: told({"products": list(records)}))
    page: Page = read(mall, lambda api: read_page(api, Listing(), since))
    return page


def test_the_list_is_asked_by_number_and_a_hundred_at_a_time() -> None:
    mall = SmallMall({number: product(number) for number in range(1, 151)})
    page = read(mall, lambda api: read_page(api, Listing(), 100))
    assert mall.asked("products") == [
        {"shop_no": "1", "limit": "100", "since_product_no": "100", "embed": "variants"}
    ]
    assert (page.since, page.last, page.is_short) == (100, 150, True)


def test_both_ends_of_a_window_are_sent_in_korean_time() -> None:
    mall = SmallMall()
    window = datetime(2026, 11, 23, 5, tzinfo=UTC), datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    read(mall, lambda api: read_count(api, Listing(shop_no=2, updated=window)))
    assert mall.asked("products/count") == [
        {
            "shop_no": "2",
            "updated_start_date": "2026-11-23T14:00:00+09:00",
            "updated_end_date": "2026-11-24T03:30:00+09:00",
        }
    ]


def test_the_plus_of_an_offset_does_not_arrive_as_a_blank() -> None:
    sent: list[str] = []

    def look(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.query.decode())
        return told({"count": 0})

    mall = SmallMall()
    mall.faults.append(look)
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    read(mall, lambda api: read_count(api, Listing(updated=(moment, moment))))
    assert "%2B09%3A00" in sent[0] or "%2B09:00" in sent[0]


def test_an_empty_page_keeps_the_cursor() -> None:
    assert page_of(since=7) == Page(7, 7, [], is_short=True, with_variants=True)


def test_a_number_that_comes_twice_is_one_product() -> None:
    page = page_of(product(1), product(5), product(1))
    assert (page.products, page.last) == (2, 5)


@pytest.mark.parametrize(
    ("told_as", "number"),
    [
        (14, 14),
        ("14", 14),
        ("+14", 0),
        ("", 0),
        ("1" * 5000, 0),
        (-4, 0),
        (0, 0),
        (True, 0),
        (2**31, 0),
    ],
)
def test_a_number_is_read_where_it_is_one_that_the_list_can_be_asked_with(
    told_as: Any, number: int
) -> None:
    assert number_of({"product_no": told_as}) == number


def test_records_without_a_readable_number_are_kept() -> None:
    page = page_of(product(1), {"product_no": "zwölf"}, None, product(3))
    assert (len(page.records), page.products, page.last) == (4, 4, 3)


@pytest.mark.parametrize("records", [[product(9), product(4)], [product(3)]])
def test_a_list_that_does_not_ascend_beyond_the_cursor_is_no_list(records: list[Any]) -> None:
    with pytest.raises(ContractBroken, match="does not ascend"):
        page_of(*records, since=3)


def test_a_full_page_without_one_readable_number_is_refused() -> None:
    with pytest.raises(ContractBroken, match="does not advance"):
        page_of(*[{"product_no": "?"}] * 100)


@pytest.mark.parametrize("body", [{}, [], None, {"products": None}, {"products": {}}, "x"])
def test_an_answer_without_a_list_is_asked_for_again_and_then_refused(body: Any) -> None:
    mall = SmallMall()
    mall.faults.extend([lambda _: told(body)] * 2)
    read(mall, lambda api: read_page(api, Listing(), 0))
    mall.faults.extend([lambda _: told(body)] * 3)
    with pytest.raises(ContractBroken, match="without a list"):
        read(mall, lambda api: read_page(api, Listing(), 0))


@pytest.mark.parametrize("body", [{}, [], {"count": None}, {"count": "2"}, {"count": -1}])
def test_an_answer_without_a_count_is_asked_for_again_and_then_refused(body: Any) -> None:
    mall = SmallMall()
    mall.faults.extend([lambda _: told(body)] * 2)
    read(mall, lambda api: read_count(api, Listing()))
    mall.faults.extend([lambda _: told(body)] * 3)
    with pytest.raises(ContractBroken, match="without a count"):
        read(mall, lambda api: read_count(api, Listing()))


def test_a_page_is_cut_at_the_end_of_a_range() -> None:
    page = page_of(product(1), product(4), {"product_no": "?"}, product(9))
    assert page.until(9) is not page
    assert page.until(10) is page
    cut = page.until(5)
    assert (cut.last, [record["product_no"] for record in cut.records]) == (5, [1, 4, "?"])


def test_a_product_is_read_with_its_detail() -> None:
    mall = SmallMall({4: product(4)})
    assert read(mall, lambda api: read_product(api, 1, 4))["description"] == "<p>니트</p>"
    with pytest.raises(NotFound):
        read(mall, lambda api: read_product(api, 1, 5))


def test_an_answer_about_no_product_is_refused() -> None:
    mall = SmallMall()
    mall.faults.append(lambda _: told({"products": [product(4)]}))
    with pytest.raises(ContractBroken, match="without a product"):
        read(mall, lambda api: read_product(api, 1, 4))


def test_variants_without_a_list_are_refused() -> None:
    mall = SmallMall()
    mall.faults.append(lambda _: told({"variants": None}))
    with pytest.raises(ContractBroken, match="without a list"):
        read(mall, lambda api: read_variants(api, 1, 4))
