"""Ordered faults: lost answers, late writes, refusals."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Version = Callable[[], int]

SENT: dict[str, Any] = {"data": {"a": 1}}


def order(desk: httpx.Client, key: str, kind: str, **more: Any) -> None:
    answer = desk.post("faults", json={"match": f"POST /v1/{key}", "kind": kind, **more})
    assert answer.status_code == 200, answer.text


def test_drop_before_loses_the_request(
    http: httpx.Client, desk: httpx.Client, key: str, version: Version
) -> None:
    order(desk, key, "drop_before")
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(key, json=SENT)
    assert version() == 0


def test_drop_after_loses_the_answer_only(
    http: httpx.Client, desk: httpx.Client, key: str, version: Version
) -> None:
    order(desk, key, "drop_after")
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(key, json=SENT)
    assert version() == 1


def test_hang_never_answers_and_never_does_it(
    http: httpx.Client, desk: httpx.Client, key: str, version: Version
) -> None:
    order(desk, key, "hang")
    with pytest.raises(httpx.ReadTimeout):
        http.post(key, json=SENT)
    assert version() == 0


def test_hang_with_a_delay_does_it_late_even_when_the_client_has_gone(
    http: httpx.Client, desk: httpx.Client, key: str, version: Version
) -> None:
    order(desk, key, "hang", delay_s=0.8)
    with pytest.raises(httpx.ReadTimeout):
        http.post(key, json=SENT)
    assert version() == 0
    deadline = time.monotonic() + 5
    while version() == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_hang_with_a_short_delay_only_makes_the_answer_late(
    http: httpx.Client, desk: httpx.Client, key: str
) -> None:
    order(desk, key, "hang", delay_s=0.2)
    started = time.monotonic()
    assert http.post(key, json=SENT).status_code == 200
    assert time.monotonic() - started >= 0.2


def test_refuse_is_503_and_nothing_is_done(
    http: httpx.Client, desk: httpx.Client, key: str, version: Version
) -> None:
    order(desk, key, "refuse")
    assert http.post(key, json=SENT).status_code == 503
    assert version() == 0


def test_status_answers_what_was_ordered(
    http: httpx.Client, desk: httpx.Client, key: str, version: Version
) -> None:
    order(desk, key, "status", status=429, errors=["slow down"])
    answer = http.post(key, json=SENT)
    assert (answer.status_code, answer.json()) == (429, {"errors": ["slow down"]})
    assert answer.headers["Content-Type"] == "application/json"
    assert version() == 0


def test_a_fault_strikes_as_often_as_it_was_ordered(
    http: httpx.Client, desk: httpx.Client, key: str
) -> None:
    order(desk, key, "refuse", times=2)
    answers = [http.post(key, json=SENT).status_code for _ in range(3)]
    assert answers == [503, 503, 200]


def test_a_fault_strikes_only_what_it_matches(
    http: httpx.Client, desk: httpx.Client, key: str
) -> None:
    order(desk, key, "refuse")
    assert http.get(key).status_code == 404
    assert http.post(f"{key[:-1]}", json=SENT).status_code == 200
    assert http.post(f"{key}/below", json=SENT).status_code == 503


def test_a_fault_without_an_end_lasts_until_it_is_taken_back(
    http: httpx.Client, desk: httpx.Client
) -> None:
    """A blocked audit device: everything hangs but health stays green."""
    everything = {"match": "[A-Z]+ /v1/(?!sys/health)", "kind": "hang", "times": None}
    desk.post("faults", json=everything)
    for path in ("secret/data/x", "sys/mounts"):
        with pytest.raises(httpx.ReadTimeout):
            http.get(path)
    assert http.get("sys/health").status_code == 200
    assert desk.get("faults").json()["faults"][0]["hits"] == 2
    assert desk.delete("faults").status_code == 204
    assert http.get("sys/mounts").status_code == 200


def test_the_oldest_fault_that_applies_strikes(
    http: httpx.Client, desk: httpx.Client, key: str
) -> None:
    order(desk, key, "status", status=500)
    order(desk, key, "status", status=502)
    assert [http.post(key, json=SENT).status_code for _ in range(3)] == [500, 502, 200]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "hang"}, "match"),
        ({"match": "x"}, "kind"),
        ({"match": "x", "kind": "explode"}, "explode"),
        ({"match": "(", "kind": "hang"}, "understood"),
        ({"match": "x", "kind": "hang", "times": "many"}, "many"),
        ({"match": "x", "kind": "hang", "delay": 1}, "delay"),
        ({"match": "x", "kind": "hang", "delay_s": "nan"}, "delay_s"),
        ({"match": "x", "kind": "hang", "delay_s": -1}, "delay_s"),
        ({"match": "x", "kind": "status", "status": 99}, "status"),
        ({"match": "x", "kind": "status", "status": 1000}, "status"),
        ({"match": "x", "kind": "status", "times": 0}, "times"),
        ({"match": "x", "kind": "status", "skip": -1}, "skip"),
    ],
)
def test_an_order_that_cannot_be_understood_is_400_and_says_why(
    desk: httpx.Client, wrong: dict[str, Any], told: str
) -> None:
    refused = desk.post("faults", json=wrong)
    assert refused.status_code == 400
    assert told in refused.json()["errors"][0]
    assert desk.get("faults").json() == {"faults": []}


def test_one_error_text_is_one_error(desk: httpx.Client, http: httpx.Client, key: str) -> None:
    order = {"match": f"GET /v1/{key}", "kind": "status", "status": 500, "errors": "disk full"}
    desk.post("faults", json=order).raise_for_status()
    assert http.get(key).json() == {"errors": ["disk full"]}
