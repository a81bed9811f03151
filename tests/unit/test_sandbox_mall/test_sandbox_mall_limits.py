"""The leaky bucket of each endpoint and the quota over all of them."""

import time
from typing import Any

import httpx
import pytest


def test_every_call_tells_used_and_limit(api: httpx.Client, control: httpx.Client) -> None:
    control.post("/limits", json={"leak_per_s": 0})
    told = [api.get("/admin/products").headers["X-Api-Call-Limit"] for _ in range(3)]
    assert told == ["1/40", "2/40", "3/40"]


def test_a_full_bucket_is_429_without_remain(api: httpx.Client, control: httpx.Client) -> None:
    control.post("/limits", json={"bucket_size": 2, "leak_per_s": 0})
    statuses = [api.get("/admin/products").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = api.get("/admin/products")
    assert answer.json()["error"]["code"] == 429
    assert answer.headers["X-Api-Call-Limit"] == "2/2"
    assert not [name for name in answer.headers if name.endswith("-remain")]
    assert "Retry-After" not in answer.headers


def test_each_endpoint_has_a_bucket_of_its_own(api: httpx.Client, control: httpx.Client) -> None:
    control.post("/limits", json={"bucket_size": 1, "leak_per_s": 0})
    assert api.get("/admin/products").status_code == 200
    assert api.get("/admin/products").status_code == 429
    assert api.get("/admin/products/count").status_code == 200


def test_a_bucket_leaks(api: httpx.Client, control: httpx.Client) -> None:
    control.post("/limits", json={"bucket_size": 1, "leak_per_s": 1_000_000})
    assert {api.get("/admin/products").status_code for _ in range(5)} == {200}


def test_the_clock_fills_and_empties_no_bucket(
    api: httpx.Client, control: httpx.Client, desk: httpx.Client
) -> None:
    control.post("/limits", json={"bucket_size": 1, "leak_per_s": 0.001})
    api.get("/admin/products")
    desk.post("/clock", json={"advance_s": 3600})
    assert api.get("/admin/products").status_code == 429


def test_usage_is_told_always_and_remain_only_when_it_is_used_up(
    api: httpx.Client, control: httpx.Client
) -> None:
    control.post("/limits", json={"quota_calls": 2})
    first = api.get("/admin/products")
    assert first.headers["X-Cafe24-Call-Usage"] == "50.00"
    assert float(first.headers["X-Cafe24-Time-Usage"]) < 1
    assert "X-Cafe24-Call-Remain" not in first.headers
    second = api.get("/admin/products")
    assert second.status_code == 200
    assert second.headers["X-Cafe24-Call-Usage"] == "100.00"
    assert int(second.headers["X-Cafe24-Call-Remain"]) > 500


def test_calling_while_blocked_lengthens_the_block(
    api: httpx.Client, control: httpx.Client
) -> None:
    control.post("/limits", json={"quota_calls": 1})
    remains = []
    for status in (200, 429, 429, 429):
        answer = api.get("/admin/products/count")
        assert answer.status_code == status
        remains.append(int(answer.headers["X-Cafe24-Call-Remain"]))
    assert remains[-1] > remains[0]
    assert float(answer.headers["X-Cafe24-Call-Usage"]) == 400


def test_the_quota_is_over_all_endpoints_and_ends_with_its_window(
    api: httpx.Client, control: httpx.Client
) -> None:
    control.post("/limits", json={"quota_calls": 1, "quota_window_s": 0.2})
    assert api.get("/admin/products").status_code == 200
    assert api.get("/admin/products/count").status_code == 429
    assert api.get("/admin/products").headers["X-Cafe24-Call-Remain"] in {"2", "3"}


def test_a_shorter_window_counts_at_once_and_opens_again(
    api: httpx.Client, control: httpx.Client
) -> None:
    assert api.get("/admin/products").status_code == 200
    control.post("/limits", json={"quota_calls": 1, "quota_window_s": 0.05})
    time.sleep(0.1)
    again = api.get("/admin/products")
    assert (again.status_code, again.headers["X-Cafe24-Call-Remain"]) == (200, "1")


def test_processing_time_counts(api: httpx.Client, control: httpx.Client) -> None:
    control.post("/limits", json={"quota_time_s": 0.05, "latency_s": 0.06})
    assert api.get("/admin/products").headers["X-Cafe24-Time-Remain"]
    assert api.get("/admin/products").status_code == 429


@pytest.mark.parametrize("path", ["/admin/products/99999999", "/admin/products?limit=0"])
def test_errors_carry_the_limit_headers_too(api: httpx.Client, path: str) -> None:
    assert {"X-Api-Call-Limit", "X-Cafe24-Call-Usage", "X-Cafe24-Time-Usage"} <= {
        name.title().replace("Api", "Api") for name in api.get(path).headers
    }


def test_limits_can_be_off(api: httpx.Client, control: httpx.Client) -> None:
    control.post("/limits", json={"is_off": True, "bucket_size": 1})
    answers = [api.get("/admin/products") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "X-Api-Call-Limit" not in answers[-1].headers


def test_control_reads_the_buckets_and_the_busiest_second(
    api: httpx.Client, control: httpx.Client
) -> None:
    control.post("/limits", json={"leak_per_s": 0})
    for _ in range(4):
        api.get("/admin/products")
    told = control.get("/limits").json()
    assert told["buckets"] == {"products": 4}
    assert 1 <= told["peak_calls_per_s"] <= 4
    assert told["limits"]["leak_per_s"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"quota_calls": 0},
        {"bucket_size": 2.5},
        {"bucket_size": None},
        {"latency_s": 1e300},
        {"speed": 3},
    ],
)
def test_limits_that_cannot_be_are_refused(control: httpx.Client, wrong: dict[str, Any]) -> None:
    assert control.post("/limits", json=wrong).status_code == 400


def test_a_limit_of_nothing_can_be_a_fraction_again(control: httpx.Client) -> None:
    control.post("/limits", json={"leak_per_s": 0}).raise_for_status()
    told = control.post("/limits", json={"leak_per_s": 2.5}).json()
    assert told["limits"]["leak_per_s"] == 2.5


def test_all_malls_can_be_limited_at_once(desk: httpx.Client, control: httpx.Client) -> None:
    try:
        desk.post("/limits", json={"bucket_size": 5})
        assert control.get("/limits").json()["limits"]["bucket_size"] == 5
    finally:
        desk.post("/limits", json={"bucket_size": 40})
