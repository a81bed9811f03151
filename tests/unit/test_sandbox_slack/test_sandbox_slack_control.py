"""Faults are met as ordered, and the requests tell the truth."""

import time
from typing import Any

import httpx
import pytest


def test_a_rate_limit_comes_with_its_wait_as_often_as_ordered(
    web: httpx.Client, slack: dict[str, Any]
) -> None:
    order = {"on": "webhook", "status": 429, "retry_after_s": 7, "times": 2}
    web.post("/faults", json=[order]).raise_for_status()
    answers = [web.post(slack["webhook_url"], json={"text": "x"}) for _ in range(3)]
    assert [one.status_code for one in answers] == [429, 429, 200]
    assert (answers[0].headers["retry-after"], answers[0].text) == ("7", "rate_limited")
    log = web.get("/requests").json()["requests"]
    assert [(one["status"], one["fault"]) for one in log] == [
        (429, "status"),
        (429, "status"),
        (200, None),
    ]


def test_an_api_error_comes_with_200_and_a_server_error_with_its_status(
    web: httpx.Client, slack: dict[str, Any]
) -> None:
    web.post("/faults", json=[{"on": "api", "error": "fatal_error"}, {"on": "api"}])
    first, second = (web.post(f"{slack['api_url']}auth.test") for _ in range(2))
    assert (first.status_code, first.json()["error"]) == (200, "fatal_error")
    assert (second.status_code, second.json()["error"]) == (500, "internal_error")


@pytest.mark.parametrize(("kind", "kept"), [("drop", 0), ("lost", 1)])
def test_a_broken_connection_gives_no_answer_and_maybe_a_message(
    web: httpx.Client, slack: dict[str, Any], kind: str, kept: int
) -> None:
    web.post("/faults", json={"on": "webhook", "kind": kind})
    with pytest.raises(httpx.TransportError):
        web.post(slack["webhook_url"], json={"text": "x"})
    assert len(web.get("/messages").json()["messages"]) == kept


def test_a_slow_answer_is_still_an_answer(web: httpx.Client, slack: dict[str, Any]) -> None:
    web.post("/faults", json={"on": "any", "kind": "slow", "delay_s": 0.3})
    began = time.monotonic()
    assert web.post(slack["webhook_url"], json={"text": "x"}).text == "ok"
    assert time.monotonic() - began >= 0.3


def test_a_fault_of_another_lane_is_not_met(web: httpx.Client, slack: dict[str, Any]) -> None:
    web.post("/faults", json={"on": "fallback"})
    assert web.post(slack["webhook_url"], json={"text": "x"}).text == "ok"
    assert len(web.get("/faults").json()["faults"]) == 1
    web.delete("/faults")
    assert web.post(slack["fallback_webhook_url"], json={"text": "x"}).text == "ok"


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("/faults", {"on": "everything"}),
        ("/faults", {"kind": "explode"}),
        ("/faults", {"colour": "red"}),
        ("/faults", 7),
        ("/faults", {"times": "often"}),
        ("/faults", {"times": 0}),
        ("/faults", {"status": 99}),
        ("/faults", {"status": 1000}),
        ("/faults", {"status": True}),
        ("/faults", {"error": 5}),
        ("/faults", {"delay_s": -1}),
        ("/faults", {"retry_after_s": "soon"}),
        ("/state", {"webhook": "tired"}),
        ("/state", {"channel": "dead"}),
        ("/state", {"weather": "ok"}),
        ("/state", []),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_and_changes_nothing(
    web: httpx.Client, path: str, order: Any
) -> None:
    before = web.get("/state").json(), web.get("/faults").json()
    answer = web.post(path, json=order)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert (web.get("/state").json(), web.get("/faults").json()) == before


def test_a_wait_without_end_is_no_order(web: httpx.Client) -> None:
    answer = web.post("/faults", content=b'{"delay_s": 1e400}')
    assert answer.status_code == 400
    assert web.get("/faults").json() == {"faults": []}


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, "action_prohibited"), (404, "no_service"), (410, "channel_is_archived")],
)
def test_a_status_comes_with_the_word_that_slack_says_with_it(
    web: httpx.Client, slack: dict[str, Any], status: int, error: str
) -> None:
    web.post("/faults", json={"on": "webhook", "status": status}).raise_for_status()
    answer = web.post(slack["webhook_url"], json={"text": "x"})
    assert (answer.status_code, answer.text) == (status, error)


def test_a_rate_limit_may_be_over_at_once(web: httpx.Client, slack: dict[str, Any]) -> None:
    order = {"on": "webhook", "status": 429, "retry_after_s": 0}
    web.post("/faults", json=order).raise_for_status()
    assert web.post(slack["webhook_url"], json={"text": "x"}).headers["retry-after"] == "0"
