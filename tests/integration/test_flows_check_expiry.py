"""check-expiry: grades, incidents, refreshes that start by themselves; no token in reach."""

from datetime import timedelta
from typing import Any

import pytest

from flows.check_expiry import check_expiry
from flows.refresh_tokens import refresh_tokens
from flows.send_alert import send_alert
from tests.integration.surroundings import UI_URL, Shop, eventually, ran

TWO_AND_A_HALF_DAYS = timedelta(days=2, hours=12)
TWENTY_HOURS = timedelta(hours=20)

pytestmark = pytest.mark.usefixtures("deployed")


def test_a_healthy_mall_is_graded_and_nobody_is_told(shop: Shop) -> None:
    state = ran(check_expiry)
    assert state.message == "1 graded, 1 changed; the worst is ok."
    assert shop.rows("SELECT name, grade FROM credential_grade") == [
        {"name": f"mall:{shop.mall}", "grade": "ok"}
    ]
    assert shop.rows("SELECT id FROM incident") == []


@pytest.mark.parametrize(
    ("left", "grade", "urgency"),
    [(TWO_AND_A_HALF_DAYS, "warning", "warning"), (TWENTY_HOURS, "critical", "critical")],
)
def test_a_token_near_its_end_becomes_an_incident_that_slack_hears_of(
    shop: Shop, left: timedelta, grade: str, urgency: str
) -> None:
    shop.connect(left=left)
    assert ran(check_expiry).is_completed()
    assert shop.rows("SELECT grade FROM credential_grade") == [{"grade": grade}]
    assert shop.rows("SELECT kind, grade FROM incident") == [
        {"kind": "token_expiring", "grade": urgency}
    ]
    assert ran(send_alert).message == "1 sent, 0 left in the outbox."
    [message] = shop.said()
    assert shop.mall in message
    assert f"manage.py refresh {shop.mall}" in message
    assert f"<{UI_URL}/runs/flow-run/" in message


def test_what_was_warned_of_is_over_after_a_refresh(shop: Shop) -> None:
    shop.connect(left=TWENTY_HOURS)
    ran(check_expiry)
    ran(refresh_tokens)
    assert ran(check_expiry).message == "1 graded, 1 changed; the worst is ok."
    ran(send_alert)
    [message] = shop.said()
    assert "recovered" in message


def test_checking_twice_tells_slack_once(shop: Shop) -> None:
    shop.connect(left=TWENTY_HOURS)
    ran(check_expiry)
    ran(send_alert)
    ran(check_expiry)
    assert ran(send_alert).message == "0 sent, 0 left in the outbox."
    assert len(shop.said()) == 1


def test_an_overdue_refresh_is_started_and_is_news_only_if_that_did_not_help(shop: Shop) -> None:
    shop.connect(left=timedelta(days=5))
    ran(check_expiry)
    [run] = [
        one
        for one in shop.prefect.runs_of("refresh-tokens/weekly")
        if shop.mall in one["parameters"].get("mall_ids", [])
    ]
    assert run["parameters"] == {"mall_ids": [shop.mall]}
    assert shop.rows("SELECT id FROM incident") == []
    ran(check_expiry)
    assert shop.rows("SELECT kind, grade FROM incident") == [
        {"kind": "token_overdue", "grade": "warning"}
    ]


def test_every_changed_grade_is_an_event_and_alerts_are_called_for_once(shop: Shop) -> None:
    before = len(shop.prefect.events("cafe24.alerts.due"))
    shop.connect(left=TWENTY_HOURS)
    ran(check_expiry)
    graded = eventually(lambda: _graded(shop))
    assert graded[0]["payload"]["grade"] == "critical"
    assert graded[0]["payload"]["before"] is None
    eventually(lambda: len(shop.prefect.events("cafe24.alerts.due")) > before)
    assert len(shop.prefect.events("cafe24.alerts.due")) == before + 1


def _graded(shop: Shop) -> list[dict[str, Any]]:
    found = shop.prefect.events("cafe24.credential.graded")
    ours = f"cafe24.mall.{shop.mall}"
    return [one for one in found if one["resource"]["prefect.resource.id"] == ours]
