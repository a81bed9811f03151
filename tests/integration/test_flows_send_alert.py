"""send-alert: what is due reaches Slack once, with everything the reader needs."""

from datetime import UTC, datetime

import pytest

from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.incidents import open_or_touch
from cafe24.alerts.tables import AlertGrade, IncidentKind
from flows.send_alert import send_alert
from tests.integration.surroundings import UI_URL, Shop, ran

pytestmark = pytest.mark.usefixtures("deployed")


def _reauthorize(shop: Shop) -> None:
    finding = Finding(
        mall_subject(shop.mall), IncidentKind.reauthorize, AlertGrade.critical, shop.mall
    )
    open_or_touch(shop.engine, finding, datetime.now(UTC))


def test_an_alert_leads_to_the_consent_form_with_the_mall_filled_in(shop: Shop) -> None:
    _reauthorize(shop)
    assert ran(send_alert).message == "1 sent, 0 left in the outbox."
    [message] = shop.said()
    assert f"manage.py authorize {shop.mall}" in message
    assert f"{UI_URL}/deployments/deployment/" in message
    assert f"/run?parameters=%7B%22mall_id%22%3A%20%22{shop.mall}%22%7D" in message


def test_a_dead_channel_fails_the_run_and_loses_nothing(shop: Shop) -> None:
    _reauthorize(shop)
    shop.slack.post("/__sandbox__/state", json={"webhook": "dead"}).raise_for_status()
    state = ran(send_alert)
    assert state.is_failed()
    assert "Slack" in state.message
    shop.slack.post("/__sandbox__/state", json={"webhook": "ok"}).raise_for_status()
    # The alert, and the two lines about the channel itself as one message.
    assert ran(send_alert).message == "3 sent, 0 left in the outbox."
    assert len(shop.said()) == 2
    assert "slack recovered" in shop.said()[1]


def test_a_slack_that_is_away_for_a_moment_is_waited_for(shop: Shop) -> None:
    _reauthorize(shop)
    shop.slack.post("/__sandbox__/faults", json={"on": "webhook", "status": 500, "times": 3})
    assert ran(send_alert).message == "1 sent, 0 left in the outbox."
    assert len(shop.said()) == 1
