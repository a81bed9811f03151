"""What wakes whom: an event starts send-alert, and Prefect's own server reports failed runs."""

import time
from typing import Any

import pytest

from blocks.setup import apply
from flows.refresh_tokens import refresh_tokens
from tests.integration.surroundings import UI_URL, Shop, eventually, ran

QUIET_S = 1.0


@pytest.fixture
def set_up(shop: Shop) -> Shop:
    """The mall, after `manage.py setup`."""
    apply(shop.settings)
    return shop


def failed_run(shop: Shop, deployment: str, reason: str) -> dict[str, Any]:
    """Create a run of the deployment and let it fail, as a dying worker's would."""
    found = shop.prefect.sent("GET", f"/deployments/name/{deployment}").json()
    parameters = {"mall_id": shop.mall}
    run: dict[str, Any] = shop.prefect.asked(
        f"/deployments/{found['id']}/create_flow_run", parameters=parameters
    )
    state = {"type": "FAILED", "name": "Failed", "message": reason}
    shop.prefect.asked(f"/flow_runs/{run['id']}/set_state", state=state, force=True)
    return run


def test_whoever_queues_an_alert_starts_send_alert(set_up: Shop) -> None:
    before = {run["id"] for run in set_up.prefect.runs_of("send-alert/on-event")}
    set_up.control("revoke", {"what": "all"})
    ran(refresh_tokens, mall_ids=[set_up.mall], force=True)
    [started] = eventually(
        lambda: [
            run for run in set_up.prefect.runs_of("send-alert/on-event") if run["id"] not in before
        ]
    )
    assert started["parameters"] == {}
    assert started["tags"] == ["cafe24"]


def test_a_failed_run_is_told_by_the_server_itself_once_an_hour(set_up: Shop) -> None:
    reason = 'VaultAway: "no answer" <script> & more'
    run = failed_run(set_up, "authorize-mall/by-hand", reason)
    [message] = eventually(set_up.said)
    assert run["name"] in message
    assert "no answer" in message
    assert "<script>" not in message
    assert f"<{UI_URL}/runs/flow-run/{run['id']}|Open the run>" in message
    failed_run(set_up, "authorize-mall/by-hand", "again")
    time.sleep(QUIET_S)
    assert len(set_up.said()) == 1
