"""A message goes to Slack, or to this very machine, and no error shows where."""

from typing import Any

import pytest

from cafe24.alerts.addresses import api_url, checked_webhook_url
from cafe24.alerts.slack import slack_channels
from cafe24.errors import SettingsError

SETTING = "CAFE24_SLACK_WEBHOOK_URL"


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T0/B0/invented",
        "https://hooks.slack-gov.com/services/T0/B0/invented",
        "http://127.0.0.1:8765/services/T0/B0/invented",
        "http://localhost/services/x",
    ],
)
def test_slacks_own_hosts_and_loopback_are_taken_as_they_are(url: str) -> None:
    assert checked_webhook_url(url, SETTING) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.slack.com/services/INVENTED",
        "http://hooks.slack.com/services/INVENTED",
        "http://10.0.0.5/services/INVENTED",
        "http://127.0.0.1.evil.example/INVENTED",
        "ftp://hooks.slack.com/INVENTED",
        "file:///etc/INVENTED",
        "https://user:INVENTED@hooks.slack.com/services/x",
        "https://hooks.slack.com",
        "https://hooks.slack.com/services/INVENTED\n",
        "https://hooks.slack.com/services/ INVENTED",
        "https://[hooks.slack.com/INVENTED",
        "https://hooks.slack.com:port/INVENTED",
        "https://hooks.slack.com.evil.example/services/INVENTED",
        "https://hooks-slack.com/services/T0/B0/INVENTED",
        "https://evil.example/services/T0/B0/INVENTED",
        "https://slack.com/services/T0/B0/INVENTED",
        "https://hooks.slack.com/triggers/T0/B0/INVENTED",
        "https://hooks.slack.com/workflows/T0/B0/INVENTED",
    ],
)
def test_anything_else_is_refused_by_its_settings_name_alone(url: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        checked_webhook_url(url, SETTING)
    assert SETTING in refusal.value.message
    assert "INVENTED" not in str(refusal.value)


@pytest.mark.parametrize(
    ("webhook_url", "expected"),
    [
        (None, "https://slack.com/api/"),
        ("https://hooks.slack.com/services/x", "https://slack.com/api/"),
        ("https://hooks.slack-gov.com/services/x", "https://slack-gov.com/api/"),
        ("https://notslack-gov.com/services/x", "https://slack.com/api/"),
        ("http://127.0.0.1:8765/services/x", "http://127.0.0.1:8765/api/"),
    ],
)
def test_the_api_follows_the_webhooks_host(webhook_url: str | None, expected: str) -> None:
    assert api_url(webhook_url) == expected


WEBHOOK = "https://hooks.slack.com/services/T0/B0/invented"
FALLBACK = "https://hooks.slack.com/services/T0/B1/invented"


def test_channels_are_tried_bot_first_then_webhook_then_fallback() -> None:
    channels = slack_channels(
        webhook_url=WEBHOOK,
        fallback_webhook_url=FALLBACK,
        bot_token="xoxb-invented",
        channel="C0000000",
    )
    assert [one.name for one in channels] == ["bot in C0000000", "webhook", "fallback webhook"]
    assert [one.name for one in slack_channels(webhook_url=WEBHOOK)] == ["webhook"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"webhook_url": None}, "no Slack channel"),
        ({"webhook_url": None, "bot_token": "xoxb-invented"}, "CAFE24_SLACK_CHANNEL"),
        (
            {"webhook_url": None, "bot_token": "xoxb-inv\nented", "channel": "C0"},
            "CAFE24_SLACK_BOT_TOKEN",
        ),
        (
            {"webhook_url": WEBHOOK, "fallback_webhook_url": "http://a.example/x"},
            "CAFE24_SLACK_FALLBACK_WEBHOOK_URL",
        ),
    ],
)
def test_what_cannot_be_used_is_named_before_anything_is_sent(
    settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        slack_channels(**settings)
    assert named in refusal.value.message
    assert refusal.value.next_step
    assert "inv\nented" not in str(refusal.value)
