"""The pages for people: neat, escaped, and without a single token."""

from typing import Any

import httpx
import pytest


def test_the_index_tells_malls_lives_and_calls_but_never_a_token(
    server: dict[str, Any], api: httpx.Client, pair: dict[str, Any], mall_id: str
) -> None:
    api.get("/admin/products?limit=7")
    page = httpx.get(f"{server['url']}/").text
    for text in (mall_id, "samplemall", "250", "1h 59m", "13d 23h", "products?limit=7"):
        assert text in page
    for secret in (pair["access_token"], pair["refresh_token"], server["client_secret"]):
        assert secret not in page


def test_a_malls_page_lists_fifty_products_and_links_on(
    server: dict[str, Any], mall_id: str
) -> None:
    with httpx.Client(base_url=f"{server['url']}/{mall_id}") as browser:
        rows, path = 0, "/"
        while True:
            page = browser.get(path).text
            rows += page.count("<tr><td")
            if "?after=" not in page:
                break
            path = "/?after=" + page.partition("?after=")[2].partition('"')[0]
    assert rows == 250


@pytest.mark.parametrize("after", ["abc", "-1", "9" * 5000])
def test_a_page_after_nothing_that_is_there_is_a_page(server: dict[str, Any], after: str) -> None:
    answer = httpx.get(f"{server['url']}/samplemall/?after={after}")
    assert answer.status_code == 200


def test_a_products_name_is_shown_as_text(
    server: dict[str, Any], control: httpx.Client, mall_id: str
) -> None:
    [number] = control.post("/products", json={"change": 1}).json()["change"]
    fields = {"product_name": "<script>alert(1)</script>"}
    control.post("/products", json={"set": [{"product_no": number, "fields": fields}]})
    page = httpx.get(f"{server['url']}/{mall_id}/?after={number - 1}").text
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_there_is_no_page_for_a_mall_that_is_not_there(server: dict[str, Any]) -> None:
    assert httpx.get(f"{server['url']}/undefined/").status_code == 404
