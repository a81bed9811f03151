"""One disturbance in the middle of a full sync, each in turn: survived, with no row wrong."""

from typing import Any

import pytest

from cafe24.errors import Cafe24Away
from cafe24.products.tables.database import OpenRun
from tests.integration.test_sync.sandbox_mall import SandboxMall

DISTURBANCES = {
    "503 twice": [{"kind": "status", "status": 503, "times": 2}],
    "500": [{"kind": "status", "status": 500}],
    "504": [{"kind": "status", "status": 504}],
    "429 three times": [{"kind": "status", "status": 429, "times": 3}],
    "401": [{"kind": "status", "status": 401}],
    "reset": [{"kind": "reset"}],
    "reset after the work": [{"kind": "reset_after"}],
    "line closed": [{"kind": "drop_before"}],
    "reset within the body": [{"kind": "cut_reset"}],
    "line closed within the head": [{"kind": "cut_head"}],
    "nothing with 200": [{"kind": "status", "status": 200, "body": ""}],
    "an empty object with 200": [{"kind": "status", "status": 200, "body": "{}"}],
    "no list with 200": [{"kind": "status", "status": 200, "body": {"products": None}}],
    "shorter than its length": [{"kind": "cut"}],
    "truncated JSON with 200": [{"kind": "truncate"}],
    "HTML with 200": [{"kind": "html"}],
    "HTML with 502": [{"kind": "html", "status": 502}],
    "empty list with 200": [{"kind": "empty"}],
}


@pytest.mark.parametrize("faults", DISTURBANCES.values(), ids=DISTURBANCES)
def test_a_disturbance_of_the_third_page_costs_nothing(
    sandbox_mall: SandboxMall, faults: list[dict[str, Any]]
) -> None:
    disturbed = [{**fault, "on": "products", "skip": 2} for fault in faults]
    sandbox_mall.order("faults", disturbed)
    report = sandbox_mall.sync()
    assert (report.outcome, report.stored) == ("synced", 250)
    assert sandbox_mall.waiting_faults() == []
    answered = sandbox_mall.answered()
    assert (report.calls, report.rejected_429) == (answered.total(), answered[429])
    sandbox_mall.assert_tables_equal_the_mall()


@pytest.mark.parametrize("endpoint", ["count", "variants"])
def test_disturbances_of_other_calls_cost_nothing_either(
    sandbox_mall: SandboxMall, endpoint: str
) -> None:
    sandbox_mall.order("faults", [{"kind": "truncate", "on": endpoint}])
    assert sandbox_mall.sync().outcome == "synced"
    assert sandbox_mall.waiting_faults() == []
    sandbox_mall.assert_tables_equal_the_mall()


def test_a_page_that_repeats_products_counts_them_once(sandbox_mall: SandboxMall) -> None:
    first = sorted(sandbox_mall.truth().values(), key=lambda one: int(one["product_no"]))[:100]
    listed = sandbox_mall.listed(first)
    twice = [*listed[:50], *listed[10:20], *listed[50:]]
    sandbox_mall.order("faults", [{"kind": "patch", "on": "products", "body": {"products": twice}}])
    report = sandbox_mall.sync()
    assert (report.outcome, report.duplicates) == ("synced", 10)
    sandbox_mall.assert_tables_equal_the_mall()


def test_a_mall_that_stays_away_fails_the_sync_and_keeps_what_was_read(
    sandbox_mall: SandboxMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cafe24.api.client.FIRST_PAUSE_S", 0.001)
    away = {"kind": "status", "status": 503, "on": "products", "skip": 1, "times": 50}
    sandbox_mall.order("faults", [away])
    with pytest.raises(Cafe24Away):
        sandbox_mall.sync()
    assert len(sandbox_mall.held("product")) == 100
    sandbox_mall.forget_faults()
    report = sandbox_mall.sync()
    assert (report.outcome, report.new) == ("synced", 150)
    sandbox_mall.assert_tables_equal_the_mall()


def test_a_token_that_dies_in_the_middle_is_renewed_once(
    sandbox_mall: SandboxMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = OpenRun.write_listed
    still_to_come = ["revoke"]

    def write_while_it_dies(run: OpenRun, *pages: Any) -> None:
        while still_to_come:
            sandbox_mall.order(still_to_come.pop(), {"what": "access"})
        write(run, *pages)

    monkeypatch.setattr(OpenRun, "write_listed", write_while_it_dies)
    report = sandbox_mall.sync()
    assert report.outcome == "synced"
    assert sandbox_mall.renewals == [1]
    sandbox_mall.assert_tables_equal_the_mall()
