"""The ways into Slack: each would take a message, and none is posted to find out."""

from collections.abc import Iterator

from cafe24.alerts.slack import slack_channels
from cafe24.checkup.finding import Finding, Patient, ok, warning
from cafe24.errors import CafeError


def check_slack(patient: Patient) -> Iterator[Finding]:
    """Ask every channel that is set whether it would take a message."""
    settings = patient.settings
    webhook, fallback, token = (
        one.get_secret_value() if one else None
        for one in (
            settings.slack_webhook_url,
            settings.slack_fallback_webhook_url,
            settings.slack_bot_token,
        )
    )
    channels = slack_channels(
        webhook_url=webhook,
        fallback_webhook_url=fallback,
        bot_token=token,
        channel=settings.slack_channel,
    )
    for channel in channels:
        name = f"slack: {channel.name}"
        try:
            channel.probe()
        except CafeError as failure:
            yield Finding.of(name, failure)
        else:
            yield ok(name, "would take a message; none was posted")
    if webhook is None:
        yield warning(
            "slack: webhook",
            "There is no webhook: Prefect's server cannot report failed runs by itself.",
            "Set CAFE24_SLACK_WEBHOOK_URL, then run: .venv/bin/python manage.py setup",
        )
    elif webhook == fallback:
        yield warning(
            "slack: fallback webhook",
            "It is the same as the first: when one is dead, both are.",
            "Make a second incoming webhook and set CAFE24_SLACK_FALLBACK_WEBHOOK_URL to it.",
        )
