"""`sys/quotas/rate-limit`: what a client gets that asks too often."""

from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture
def quota(http: httpx.Client, mount: str) -> Iterator[str]:
    """Two requests a minute at the mount, and no more."""
    path = f"sys/quotas/rate-limit/{mount}"
    sent = {"path": f"{mount}/", "rate": 2, "interval": "60s"}
    assert http.post(path, json=sent).status_code == 204
    yield path
    assert http.delete(path).status_code == 204


def test_one_request_too_many_is_429_with_its_path_and_is_not_done(
    http: httpx.Client, mount: str, quota: str
) -> None:
    assert quota
    place = f"{mount}/data/limited"
    assert http.post(place, json={"data": {"a": 1}}).status_code == 200
    assert http.get(place).status_code == 200
    answer = http.post(place, json={"data": {"a": 2}})
    assert answer.status_code == 429
    assert answer.json() == {"errors": [f'request path "{place}": rate limit quota exceeded']}
    assert answer.headers["Content-Type"] == "application/json"
    assert http.delete(quota).status_code == 204
    assert http.get(place).json()["data"]["metadata"]["version"] == 1


def test_the_quota_comes_before_the_token(http: httpx.Client, mount: str, quota: str) -> None:
    assert quota
    place = f"{mount}/data/limited"
    statuses = [http.get(place, headers={"X-Vault-Token": "nobody"}).status_code for _ in range(3)]
    assert statuses == [403, 403, 429]


def test_other_paths_are_not_counted(http: httpx.Client, mount: str, quota: str) -> None:
    assert quota
    for _ in range(3):
        http.get(f"{mount}/data/limited")
    assert http.get("sys/health").status_code == 200
    assert http.get("auth/token/lookup-self").status_code == 200


def test_a_quota_is_read_as_it_was_written_and_listed(
    http: httpx.Client, mount: str, quota: str
) -> None:
    held = http.get(quota).json()["data"]
    assert (held["name"], held["path"], held["rate"]) == (mount, f"{mount}/", 2)
    assert (held["interval"], held["type"]) == (60, "rate-limit")
    names = http.request("LIST", "sys/quotas/rate-limit").json()["data"]["keys"]
    assert mount in names


def test_a_rate_is_needed(http: httpx.Client, mount: str) -> None:
    answer = http.post(f"sys/quotas/rate-limit/{mount}", json={"path": f"{mount}/"})
    assert answer.status_code == 400
