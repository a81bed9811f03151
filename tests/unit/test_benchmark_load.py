"""What the load bench computes from what it saw."""

from typing import Any

import pytest

from benchmarks.load.__main__ import main
from benchmarks.load.figures import (
    ShardTimes,
    Weight,
    astray,
    by_cause,
    halves,
    lost_tokens,
    per_mall,
    prefects_share,
    slowed_by,
    spread_of,
    wrong_counts,
)


def test_a_spread_is_the_median_the_95th_percentile_and_the_most() -> None:
    seconds = [float(number) for number in range(1, 102)]
    assert spread_of(seconds) == {"median_s": 51.0, "p95_s": 96.0, "most_s": 101.0}
    assert spread_of([4.0]) == {"median_s": 4.0, "p95_s": 4.0, "most_s": 4.0}
    assert spread_of([]) == {}


def test_the_heaviest_process_of_a_kind_counts_in_each_half() -> None:
    weights = [
        Weight(1, "runs", 100.0),
        Weight(4.9, "runs", 150.0),
        Weight(5, "runs", 120.0),
        Weight(9, "runs", 110.0),
        Weight(9, "helpers", 60.0),
    ]
    assert halves(weights, whole_s=10) == {
        "runs": {"first_mb": 150.0, "second_mb": 120.0},
        "helpers": {"second_mb": 60.0},
    }


def test_failures_are_counted_by_trouble_and_by_a_reason_that_names_no_mall() -> None:
    failures = [
        {"mall_id": "mall00002", "reason": "mall00002 needs a new consent. Run: authorize."},
        {"mall_id": "mall00003", "reason": "mall00003 needs a new consent. Run: authorize."},
        {"mall_id": "mall00004", "reason": "Cafe24 answers 503."},
        {"mall_id": "mall00005", "reason": "Cafe24 answers 503."},
    ]
    troubles = {"mall00002": "dead", "mall00003": "dead", "mall00004": "failing"}
    assert by_cause(failures, troubles) == {
        "dead": {"MALL needs a new consent": 2},
        "failing": {"Cafe24 answers 503.": 1},
        "well": {"Cafe24 answers 503.": 1},
    }


def test_who_failed_is_held_against_who_should_have() -> None:
    troubles = {"one": "dead", "two": "slow", "three": "failing"}
    assert astray({"one", "two"}, troubles, ("dead", "failing")) == {
        "failed_though_able": ["two"],
        "served_though_unable": ["three"],
    }


def test_a_token_is_lost_when_the_mall_does_not_know_it_as_live() -> None:
    truth: dict[str, dict[str, Any]] = {
        "kept": {"trouble": None, "refresh_tokens": ["older", "kept-token"]},
        "lost": {"trouble": None, "refresh_tokens": ["another"]},
        "slow": {"trouble": "slow", "refresh_tokens": []},
        "dead": {"trouble": "dead", "refresh_tokens": []},
    }
    held = {name: f"{name}-token" for name in truth}
    assert lost_tokens(held, truth) == ["lost", "slow"]


def test_a_well_mall_is_wrongly_counted_when_more_or_fewer_products_are_held() -> None:
    truth = {
        name: {"trouble": "failing" if name == "bad" else None, "product_count": 50}
        for name in ("right", "fewer", "more", "none", "bad")
    }
    held = {"right": 50, "fewer": 49, "more": 51}
    assert wrong_counts(held, truth) == ["fewer", "more", "none"]


def test_an_empty_mall_of_which_nothing_is_held_is_right() -> None:
    assert wrong_counts({}, {"empty": {"trouble": None, "product_count": 0}}) == []


def test_prefects_share_is_all_of_a_run_that_is_not_the_cores_work() -> None:
    shards = [
        ShardTimes(due=0, taken=1, begun=4, ended=12, gone=13),
        ShardTimes(due=0, taken=2, begun=3, ended=9, gone=10),
    ]
    assert prefects_share(shards) == pytest.approx((4 + 2) / (12 + 8))
    assert prefects_share([]) == 0


def test_what_bad_malls_cost_the_others_is_the_median_of_the_pairs() -> None:
    assert slowed_by([(10, 11), (10, 30), (20, 20)]) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("option", "value"), [("--malls", "100"), ("--malls", "many"), ("--phases", "refresh,nothing")]
)
def test_what_cannot_be_measured_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([option, value])
    assert ended.value.code == 2
    assert f"argument {option}" in capsys.readouterr().err


def test_counts_are_told_by_the_mall() -> None:
    assert per_mall({"all": 7003, "token 200": 1000}, 1000) == {"all": 7.003, "token 200": 1.0}
