"""A record as no documentation foresees it: set aside with its reason or kept exactly, alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.inner_mall import InnerMall
from tests.integration.test_sync.sandbox_mall import SandboxMall

Odd = Callable[[dict[str, Any]], str]


def with_fields(**fields: Any) -> Odd:
    return lambda record: json.dumps({**record, **fields})


def with_text(name: str, text: str) -> Odd:
    """Put a piece of JSON, or of what is none, behind a field's name."""
    return lambda record: f'{json.dumps(record)[:-1]}, "{name}": {text}}}'


def with_variant(**fields: Any) -> Odd:
    """Give the first variant these fields."""

    def odd(record: dict[str, Any]) -> str:
        first, *others = record["variants"]
        return json.dumps({**record, "variants": [{**first, **fields}, *others]})

    return odd


def instead(text: str) -> Odd:
    return lambda _record: text


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


SET_ASIDE: dict[str, tuple[Odd, str]] = {
    "number as text": (lambda one: json.dumps({**one, "product_no": str(one["product_no"])}), "no"),
    "number that is none": (with_fields(product_no="abc"), "product_no: 'abc'"),
    "number missing": (lambda one: json.dumps({"price": one["price"]}), "product_no: None"),
    "number below zero": (with_fields(product_no=-4), "product_no: -4"),
    "number as fraction": (with_fields(product_no=14.5), "product_no: 14.5"),
    "number too large": (with_text("product_no", "9" * 30), "product_no"),
    "number of five thousand digits": (with_text("product_no", "9" * 5000), "product_no"),
    "price as word": (with_fields(price="abc"), "price: 'abc'"),
    "price of three decimals": (with_fields(price="1.005"), "price: '1.005'"),
    "price as list": (with_fields(price=[1]), "price: [1]"),
    "price of NaN": (with_text("price", "NaN"), "NaN"),
    "price without end": (with_text("price", "Infinity"), "Infinity"),
    "price beyond a double": (with_text("price", "1e400"), "1e400"),
    "year 0000": (with_fields(created_date="0000-00-00T00:00:00+09:00"), "created_date: '0000"),
    "year 1 in Korea": (with_fields(updated_date="0001-01-01T00:00:00+09:00"), "updated_date"),
    "flag as word": (with_fields(display="yes"), "display: 'yes'"),
    "flag as list": (with_fields(display=["T"]), "display: ['T']"),
    "text as object": (with_fields(product_name={"ko": "니트"}), "product_name: {'ko'"),
    "NUL in a text": (with_fields(product_name="a\0b"), "NUL"),
    "NUL in a name": (with_fields(**{"a\0b": "c"}), "NUL"),
    "lone surrogate": (with_fields(product_name="\ud800"), "no valid"),
    "lone surrogate in a name": (with_fields(**{"\udfff": 1}), "no valid"),
    "integer beyond 64 bits": (with_text("brand_new", "1" * 25), "1" * 25),
    "integer beyond 64 bits within": (with_text("brand_new", '{"a": [' + "7" * 40 + "]}"), "77"),
    "more digits than a double has": (with_text("brand_new", "0.1234567890123456789"), "0.12345"),
    "minus infinity": (with_text("brand_new", "-Infinity"), "-Infinity"),
    "nested three hundred deep": (with_text("brand_new", nested(300)), "nested"),
    "nested a thousand deep": (with_text("brand_new", nested(1000)), "nested"),
    "nested a hundred thousand deep": (with_text("brand_new", nested(100_000)), "nested"),
    "other shop": (with_fields(shop_no=2), "shop_no: 2, where 1 was asked"),
    "empty record": (instead("{}"), "product_no: None"),
    "list": (instead("[1, 2]"), "no object"),
    "null": (instead("null"), "no object"),
    "text": (instead('"product"'), "no object"),
    "code too long for the index": (with_fields(custom_product_code="x" * 1_000_000), "custom_"),
}  # fmt: skip

KEPT: dict[str, tuple[Odd, str, Any]] = {
    "5 MB text": (with_fields(description="니" * 1_700_000), "description", "니" * 1_700_000),
    "1 MB name": (with_fields(product_name="x" * 1_000_000), "product_name", "x" * 1_000_000),
    "negative price": (with_fields(price="-100.00"), "price", "-100.00"),
    "bare price": (with_fields(price=1000), "price", 1000),
    "unknown field": (with_fields(brand_new={"a": [1, None]}), "brand_new", {"a": [1, None]}),
    "largest integer": (with_fields(brand_new=2**63 - 1), "brand_new", 2**63 - 1),
    "largest unsigned integer": (with_fields(brand_new=2**64 - 1), "brand_new", 2**64 - 1),
    "field twice": (with_text("product_name", '"the last"'), "product_name", "the last"),
    "nested a hundred deep": (with_text("new", nested(100)), "new", json.loads(nested(100))),
    "digits within a text": (with_fields(product_name="9" * 40), "product_name", "9" * 40),
}  # fmt: skip

SET_ASIDE_VARIANTS: dict[str, tuple[Odd, str]] = {
    "quantity as word": (with_variant(quantity="many"), "quantity: 'many'"),
    "quantity beyond 64 bits": (with_variant(quantity=10**30), "1" + "0" * 30),
    "code missing": (with_variant(variant_code=None), "variant_code: None"),
    "code too long": (with_variant(variant_code="x" * 41), "variant_code: 'xxx"),
    "code with NUL": (with_variant(variant_code="P\0"), "variant_code: 'P\\x00"),
    "code of a lone surrogate": (with_variant(variant_code="\ud800"), "variant_code: '\\ud800"),
    "other shop": (with_variant(shop_no=7), "shop_no: 7"),
}


NEVER_A_ROW = [
    *("number as text", "number missing", "price as word", "lone surrogate"),
    *("integer beyond 64 bits", "nested a thousand deep", "null"),
]


@pytest.fixture(scope="module")
def reused(tmp_path_factory: pytest.TempPathFactory) -> InnerMall:
    return InnerMall(tmp_path_factory.mktemp("odd") / "tables.sqlite")


@pytest.fixture
def inner(reused: InnerMall) -> InnerMall:
    """A mall of fourteen products, synced, whose sixth is the odd one."""
    reused.open_anew()
    reused.sync()
    return reused


def put_odd(inner: InnerMall, odd: Odd) -> int:
    number = inner.numbers[5]
    product = inner.mall.catalogue[number]
    record = {**product.listed, "variants": product.variants}
    inner.order(odd=[{"product_no": number, "json": odd(record)}])
    return number


def quarantined(inner: InnerMall) -> list[tuple[str, str]]:
    return inner.rows("SELECT record_key, reason FROM product_quarantine")


def without(inner: InnerMall, number: int) -> None:
    """Assert that every other row is exact: the odd one leaves the mall, and then the tables."""
    inner.order(delete=[number])
    assert inner.sync(mode="full").outcome == "synced"
    assert quarantined(inner) == []
    inner.assert_tables_equal_the_mall()


@pytest.mark.parametrize(("odd", "reason"), SET_ASIDE.values(), ids=SET_ASIDE)
def test_an_odd_record_is_set_aside_with_its_reason_and_the_run_goes_on(
    inner: InnerMall, odd: Odd, reason: str
) -> None:
    number = put_odd(inner, odd)
    for mode in ("auto", "full", "auto"):
        report = inner.sync(mode=mode, detail_calls=20)
        assert (report.outcome, report.quarantined >= 1) == ("synced", True), report
        assert report.deleted == 0
        assert number in inner.held
    reasons = [told for key, told in quarantined(inner) if key.startswith("product:")]
    assert len(reasons) == 1
    assert reason in reasons[0]
    without(inner, number)


@pytest.mark.parametrize("odd", [SET_ASIDE[name][0] for name in NEVER_A_ROW], ids=NEVER_A_ROW)
def test_an_odd_record_that_was_never_a_row_is_counted_and_comes_in_when_it_is_mended(
    inner: InnerMall, odd: Odd
) -> None:
    number = inner.numbers[5] + 1
    inner.order(add=[number])
    inner.order(odd=[{"product_no": number, "json": odd(inner.mall.catalogue[number].listed)}])
    report = inner.sync(mode="full")
    assert (report.outcome, report.stored, report.source) == ("synced", 14, 15)
    inner.order(change=[number])
    report = inner.sync(mode="full")
    assert (report.outcome, report.stored, report.quarantined) == ("synced", 15, 0)
    inner.assert_tables_equal_the_mall()


@pytest.mark.parametrize(("odd", "name", "value"), KEPT.values(), ids=KEPT)
def test_an_odd_record_that_fits_is_kept_exactly(
    inner: InnerMall, odd: Odd, name: str, value: Any
) -> None:
    number = put_odd(inner, odd)
    report = inner.sync(mode="full", detail_calls=20)
    assert (report.outcome, report.changed, report.quarantined) == ("synced", 1, 0)
    ((raw,),) = inner.rows(f"SELECT raw FROM product WHERE product_no = {number}")  # noqa: S608 - a number
    assert json.loads(raw)[name] == value
    without(inner, number)


@pytest.mark.parametrize(("odd", "reason"), SET_ASIDE_VARIANTS.values(), ids=SET_ASIDE_VARIANTS)
def test_an_odd_variant_is_set_aside_alone(inner: InnerMall, odd: Odd, reason: str) -> None:
    number = put_odd(inner, odd)
    for mode in ("auto", "full"):
        report = inner.sync(mode=mode)
        assert (report.outcome, report.quarantined) == ("synced", 1)
        ((key, told),) = quarantined(inner)
        assert key.startswith("variant:")
        assert reason in told
    without(inner, number)


@pytest.mark.parametrize("variants", ['{"P000000O000A": {}}', "7", '"none"', "null"])
def test_variants_that_are_no_list_are_asked_for_singly(inner: InnerMall, variants: str) -> None:
    number = put_odd(inner, with_text("variants", variants))
    report = inner.sync(mode="full")
    assert report.outcome == "synced"
    assert any(path.endswith(f"/{number}/variants") for path, _ in inner.calls)


def test_a_field_twice_has_its_last_value_whichever_parser_read_the_page(
    inner: InnerMall,
) -> None:
    number = put_odd(inner, with_text("product_name", '"the last"'))
    inner.order(odd=[{"product_no": inner.numbers[7], "json": '{"product_no": NaN}'}])
    inner.sync(mode="full")
    query = f"SELECT product_name FROM product WHERE product_no = {number}"  # noqa: S608 - a number
    assert inner.rows(query) == [("the last",)]


def test_a_page_larger_than_asked_for_is_taken_whole(tmp_path: Path) -> None:
    inner = InnerMall(tmp_path / "tables.sqlite", products=250)
    catalogue = inner.mall.catalogue
    two_hundred = [
        {**catalogue[no].listed, "variants": catalogue[no].variants[:100]}
        for no in inner.numbers[:200]
    ]
    inner.fault("patch", on="products", body={"products": two_hundred})
    report = inner.sync()
    assert (report.outcome, report.stored) == ("synced", 250)
    inner.assert_tables_equal_the_mall()


def test_a_list_that_lost_its_variants_has_them_read_singly(inner: InnerMall) -> None:
    inner.order(silent=3, add=1)
    inner.fault("no_embed", on="products", times=None)
    report = inner.sync(mode="full")
    assert (report.outcome, report.new, report.changed) == ("synced", 1, 3)
    inner.assert_tables_equal_the_mall()
    assert inner.sync(mode="full").changed == 0


def test_a_missing_product_that_is_answered_with_something_else_is_never_deleted(
    inner: InnerMall,
) -> None:
    number = put_odd(inner, instead("[]"))
    for _ in range(3):
        assert inner.sync(mode="full").deleted == 0
    assert number in inner.held


def test_a_mall_of_all_oddities_is_synced_on_either_database(sandbox_mall: SandboxMall) -> None:
    truth = sandbox_mall.truth()
    odd = [*(one for one, _ in SET_ASIDE.values()), *(one for one, _, _ in KEPT.values())]
    odd += [one for one, _ in SET_ASIDE_VARIANTS.values()]
    numbers = sorted(truth)[: len(odd)]
    told = zip(numbers, odd, strict=True)
    oddities = [{"product_no": no, "json": one(truth[no])} for no, one in told]
    sandbox_mall.order("products", {"odd": oddities})
    for mode in ("auto", "full"):
        report = sandbox_mall.sync(mode=mode)
        assert (report.outcome, report.source) == ("synced", 250)
        assert report.quarantined == len(SET_ASIDE) + len(SET_ASIDE_VARIANTS)
        assert report.stored == 250 - len(SET_ASIDE)
    sandbox_mall.order("products", {"delete": numbers})
    assert sandbox_mall.sync(mode="full", brake_share=1.0).quarantined == 0
    sandbox_mall.assert_tables_equal_the_mall()
