"""Malls in trouble: a share of a fleet that is dead, blocked, slow or failing."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox.__main__ import main
from sandbox.mall import troubles
from sandbox.mall.clock import KST
from sandbox.mall.mall import Mall, Stock
from sandbox.mall.switches import Behaviour, Limits
from sandbox.mall.troubles import KINDS, drawn_troubles, trouble_of

Refresh = Callable[..., httpx.Response]
Start = Callable[..., dict[str, Any]]

NAMES = [f"mall{number:05d}" for number in range(2, 1002)]


@pytest.fixture
def trouble(desk: httpx.Client, mall_id: str) -> Iterator[Callable[[str], None]]:
    def order(kind: str) -> None:
        desk.post("/troubles", json={"malls": {mall_id: kind}}).raise_for_status()

    yield order
    desk.delete("/troubles")


def test_a_share_of_the_malls_is_in_trouble_as_many_of_each_kind() -> None:
    found = drawn_troubles(NAMES, 0.06, seed=24)
    assert set(found) <= set(NAMES)
    assert Counter(found.values()) == dict.fromkeys(KINDS, 15)
    assert drawn_troubles(NAMES, 0.06, seed=24) == found
    assert set(drawn_troubles(NAMES, 0.06, seed=25)) != set(found)


def test_no_share_is_no_trouble_and_the_whole_is_everybodys() -> None:
    assert drawn_troubles(NAMES, 0, seed=24) == {}
    assert set(drawn_troubles(NAMES, 1, seed=24)) == set(NAMES)


def test_a_dead_malls_tokens_are_refused_also_those_it_is_given_later(
    trouble: Callable[[str], None], api: httpx.Client, refresh: Refresh, control: httpx.Client
) -> None:
    trouble("dead")
    late = control.post("/pair").json()
    for token in ("", late["refresh_token"]):
        answer = refresh(token)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert api.get("/admin/products").status_code == 401
    truth = control.get("/truth").json()
    assert (truth["trouble"], truth["refresh_tokens"]) == ("dead", [])


def test_a_blocked_mall_answers_429_and_says_for_how_long_until_it_is_well(
    trouble: Callable[[str], None], api: httpx.Client, refresh: Refresh, desk: httpx.Client
) -> None:
    trouble("blocked")
    first, second = api.get("/admin/products"), api.get("/admin/products/count")
    assert (first.status_code, second.status_code) == (429, 429)
    remain = int(first.headers["X-Cafe24-Call-Remain"])
    assert 590 < remain <= 601
    assert int(second.headers["X-Cafe24-Call-Remain"]) > remain - 1
    assert float(second.headers["X-Cafe24-Call-Usage"]) >= 100
    answer = refresh()
    assert (answer.status_code, answer.json()["error"]) == (429, "too_many_requests")
    desk.delete("/troubles")
    well = api.get("/admin/products")
    assert (well.status_code, "X-Cafe24-Call-Remain" in well.headers) == (200, False)
    assert refresh().status_code == 200


def test_a_failing_mall_answers_503_at_every_endpoint_and_spends_nothing(
    trouble: Callable[[str], None], api: httpx.Client, refresh: Refresh, control: httpx.Client
) -> None:
    before = control.get("/truth").json()["refresh_tokens"]
    trouble("failing")
    assert refresh().status_code == 503
    assert api.get("/admin/products/count").status_code == 503
    after = control.get("/truth").json()["refresh_tokens"]
    assert [one["token"] for one in after] == [one["token"] for one in before]


def test_a_slow_mall_answers_rightly_after_ten_seconds() -> None:
    mall = Mall("samplemall", Stock(seed=24, count=1), Behaviour(), Limits())
    fault = trouble_of("slow", mall, "products")
    assert fault is not None
    assert (fault.kind, fault.delay_s) == ("slow", troubles.SLOW_S)
    assert troubles.SLOW_S == 10


def test_an_ordered_fault_comes_before_the_trouble(
    trouble: Callable[[str], None], api: httpx.Client, control: httpx.Client
) -> None:
    trouble("failing")
    control.post("/faults", json=[{"on": "count", "kind": "status", "status": 418}])
    answers = [api.get("/admin/products/count").status_code for _ in range(2)]
    assert answers == [418, 503]


def test_the_other_malls_are_well(
    trouble: Callable[[str], None], server: dict[str, Any], desk: httpx.Client
) -> None:
    trouble("failing")
    pair = desk.post("/malls/mall00002/pair").json()
    url = server["api_url"].format(mall_id="mall00002")
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    answer = httpx.get(f"{url}/api/v2/admin/products/count", headers=bearer)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"share": 1.5},
        {"share": True},
        {"share": "some"},
        {"share": 0.1, "malls": {}},
        {"malls": ["mall00002"]},
        {"malls": {"mall00002": "ill"}},
        {"malls": {"nosuchmall": "dead"}},
    ],
)
def test_an_impossible_order_of_troubles_is_refused_and_changes_nothing(
    trouble: Callable[[str], None], desk: httpx.Client, mall_id: str, order: dict[str, Any]
) -> None:
    trouble("slow")
    answer = desk.post("/troubles", json=order)
    assert answer.status_code == 400
    assert "\n" not in answer.json()["error"]
    assert desk.get("/troubles").json() == {"malls": {mall_id: "slow"}}


def test_the_command_line_puts_a_share_in_trouble_and_the_truth_tells_it_of_all_malls(
    start_sandbox: Start,
) -> None:
    ready = start_sandbox(
        "mall", "--malls", "200", "--bad-share", "0.1", "--product-count", "7", "--seed", "3"
    )
    with httpx.Client(base_url=f"{ready['url']}/__sandbox__") as desk:
        told = desk.get("/troubles").json()["malls"]
        assert Counter(told.values()) == dict.fromkeys(KINDS, 5)
        pair = desk.post("/malls/samplemall/pair").json()
        truth = desk.get("/truth").json()["malls"]
    assert {name: one["trouble"] for name, one in truth.items() if one["trouble"]} == told
    assert len(truth) == 200
    assert {one["product_count"] for one in truth.values()} == {7}
    assert truth["samplemall"]["refresh_tokens"] == [pair["refresh_token"]]
    assert truth["mall00002"]["refresh_tokens"] == []


def test_the_truth_of_all_malls_counts_their_token_requests_by_outcome(
    refresh: Refresh, desk: httpx.Client, mall_id: str
) -> None:
    assert desk.get("/truth").json()["malls"][mall_id]["last_granted_at"] is None
    granted = refresh().json()
    refresh("nosuchtoken")
    found = desk.get("/truth").json()["malls"][mall_id]
    granted_at = datetime.fromisoformat(found["last_granted_at"]).astimezone(KST)
    issued_at = datetime.fromisoformat(granted["issued_at"]).replace(tzinfo=KST)
    assert granted_at.replace(microsecond=0) == issued_at
    assert found["token_requests"] == {"granted": 1, "invalid_grant": 1}
    assert found["refresh_tokens"] == [granted["refresh_token"]]


@pytest.mark.parametrize("share", ["-0.1", "1.1", "nan", "many"])
def test_a_share_that_cannot_be_is_refused_as_usage(
    capsys: pytest.CaptureFixture[str], share: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["mall", "--bad-share", share])
    assert ended.value.code == 2
    assert "argument --bad-share" in capsys.readouterr().err
