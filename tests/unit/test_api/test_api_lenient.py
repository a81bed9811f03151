"""JSON as it should not be: what can be kept exactly is, the rest is told apart."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cafe24.api.answer import parsed
from cafe24.api.lenient import DEEPEST, Unkeepable, has_suspects, lenient

trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(tree=trees)
def test_what_is_proper_json_is_read_as_the_strict_parser_does(tree: Any) -> None:
    body = orjson.dumps(tree)
    assert lenient(body) == parsed(body) == tree


@pytest.mark.parametrize(
    "text",
    [
        *("NaN", "Infinity", "-Infinity", "1e400", "18446744073709551616", "-9223372036854775809"),
        *("0.1234567890123456789", "9" * 5000, "1234567890.12345678901234"),
    ],
)
def test_a_value_that_cannot_be_kept_exactly_is_told_apart_with_its_text(text: str) -> None:
    (found,) = parsed(f"[{text}]".encode())
    assert isinstance(found, Unkeepable)
    assert str(found) == text


@pytest.mark.parametrize("text", ["18446744073709551615", "-9223372036854775808", "0.1", "1e22"])
def test_a_long_number_that_can_be_kept_is_one(text: str) -> None:
    (found,) = lenient(f"[{text}]".encode())
    assert found == orjson.loads(text)


@pytest.mark.parametrize("levels", [DEEPEST + 1, 1000, 100_000])
def test_what_is_nested_too_deeply_costs_only_itself(levels: int) -> None:
    deep = "[" * levels + '"]"' + "]" * levels
    found = lenient(f'{{"a": {deep}, "b": "[[", "c": [1]}}'.encode())
    at = found.pop("a")
    while isinstance(at, list):
        (at,) = at
    assert isinstance(at, Unkeepable)
    assert found == {"b": "[[", "c": [1]}


def test_half_a_surrogate_pair_is_read() -> None:
    assert parsed(b'["\\ud800"]') == ["\ud800"]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"products": [', b'["\xff"]', b"[" * 5000, b"[" * 5000 + b"]" * 4900],
    ids=["nothing", "HTML", "cut off", "no UTF-8", "deep and cut off", "deep and not closed"],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|invalid|decode|Extra|delimiter|cut off"):
        parsed(body)


def test_long_digits_alone_ask_for_the_slower_parser() -> None:
    assert has_suspects(b'{"product_no": 123456789012345678901}')
    assert not has_suspects(b'{"created_date": "2026-11-23T14:05:41+09:00", "price": "29900.00"}')
