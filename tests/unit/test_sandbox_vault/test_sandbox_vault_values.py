"""Durations, numbers, moments and merges as Go and Vault write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.vault.clock import rfc3339
from sandbox.vault.wire.answers import Refusal
from sandbox.vault.wire.durations import go_duration, seconds_in
from sandbox.vault.wire.json_values import as_float64, merge_patch, parse_object


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (90, 90),
        ("90", 90),
        ("7200s", 7200),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("2d", 172_800),
        ("-1s", -1),
        ("500ms", 0),
        ("", 0),
    ],
)
def test_durations_are_read(text: object, seconds: int) -> None:
    assert seconds_in(text) == seconds


@pytest.mark.parametrize(
    "nonsense", ["soon", "5 s", "1h30", "h", 1.5, True, [1], 10**10, "9" * 5000, "9999999999h"]
)
def test_what_is_no_duration_is_400(nonsense: object) -> None:
    with pytest.raises(Refusal, match="duration"):
        seconds_in(nonsense)


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_a_written_duration_reads_back(seconds: int) -> None:
    assert seconds_in(go_duration(seconds)) == seconds


def test_durations_are_written_as_go_writes_them() -> None:
    assert [go_duration(s) for s in (0, 59, 60, 3600, 10_800, -1)] == [
        "0s",
        "59s",
        "1m0s",
        "1h0m0s",
        "3h0m0s",
        "-1s",
    ]


def test_moments_are_written_as_go_writes_them() -> None:
    second_ns = 1_000_000_000
    assert rfc3339(0) == "1970-01-01T00:00:00Z"
    assert rfc3339(second_ns + 1) == "1970-01-01T00:00:01.000000001Z"
    assert rfc3339(second_ns // 2) == "1970-01-01T00:00:00.5Z"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (1.0, 1),
        (2**53 + 1, 2**53),
        (123_456_789_012_345_678, 123_456_789_012_345_680),
        (1e21, 1e21),
        (0.1, 0.1),
        (True, True),
        ([1.0, {"a": 2.0}], [1, {"a": 2}]),
    ],
)
def test_numbers_go_through_a_float64(sent: Any, told: Any) -> None:
    assert repr(as_float64(sent)) == repr(told)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"a"', b"NaN", b'{"a": 1e999}', b'{"a": Infinity}'])
def test_what_is_no_json_object_is_refused_in_vaults_words(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parse_object(body)
    assert (refused.value.status, refused.value.errors) == (400, ("error parsing JSON",))


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_rfc_7396_merge(target: Any, patch: Any, merged: Any) -> None:
    assert merge_patch(target, patch) == merged
