"""Rate limit quotas: the interval, each client its own, and what the headers say."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.vault.quotas import Quotas, RateLimit, Taken


def taken(quota: RateLimit, client: str, now_s: float) -> bool:
    return quota.take(client, now_s).is_allowed


def test_so_many_are_served_in_each_interval_and_the_rest_is_refused() -> None:
    quota = RateLimit("q", "", 3, 1)
    assert [taken(quota, "a", 10.0 + step / 10) for step in range(5)] == [True] * 3 + [False] * 2
    assert [taken(quota, "a", 11.0) for _ in range(4)] == [True] * 3 + [False]


def test_each_client_is_counted_for_itself() -> None:
    quota = RateLimit("q", "", 1, 1)
    assert [taken(quota, name, 10.0) for name in "aabb"] == [True, False, True, False]


def test_the_nearest_quota_counts() -> None:
    quotas = Quotas()
    quotas.by_name["all"] = RateLimit("all", "", 100, 1)
    quotas.by_name["near"] = RateLimit("near", "secret/", 1, 1)
    near, far = quotas.taken("secret/data/x", "a", 1.0), quotas.taken("auth/token/x", "a", 1.0)
    assert near is not None
    assert far is not None
    assert (near.limit, far.limit) == (1, 100)
    assert quotas.taken("sys/health", "a", 1.0) is None


def test_seconds_are_cut_to_whole_ones_and_only_a_refusal_says_when_to_come_back() -> None:
    quota = RateLimit("q", "", 1, 60)
    served, refused = quota.take("a", 0.0), quota.take("a", 30.5)
    assert served.headers() == {
        "X-Ratelimit-Limit": "1",
        "X-Ratelimit-Remaining": "0",
        "X-Ratelimit-Reset": "60",
    }
    assert refused == Taken(1, 0, 29, is_allowed=False)
    assert refused.headers()["Retry-After"] == "29"


@pytest.fixture
def limited(http: httpx.Client, key: str) -> Iterator[str]:
    """One request a minute below the key's place."""
    http.post("sys/quotas/rate-limit/test", json={"path": key, "rate": 1, "interval": 60})
    yield key
    http.delete("sys/quotas/rate-limit/test")
    http.post("sys/quotas/config", json={"enable_rate_limit_response_headers": False})


def test_answers_tell_of_the_quota_only_where_that_was_asked_for(
    http: httpx.Client, limited: str
) -> None:
    assert "X-Ratelimit-Limit" not in http.get(limited).headers
    refused = http.get(limited)
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers
    http.post("sys/quotas/config", json={"enable_rate_limit_response_headers": True})
    told = http.get(limited)
    assert told.headers["X-Ratelimit-Remaining"] == "0"
    assert 0 < int(told.headers["Retry-After"]) <= 60
