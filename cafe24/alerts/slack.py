"""Which ways into Slack there are, in the order they are tried."""

from cafe24.alerts.channel import SlackChannel
from cafe24.alerts.slack_bot import BotChannel
from cafe24.alerts.slack_webhook import WebhookChannel
from cafe24.errors import SettingsError


def slack_channels(
    *,
    webhook_url: str | None,
    fallback_webhook_url: str | None = None,
    bot_token: str | None = None,
    channel: str | None = None,
) -> tuple[SlackChannel, ...]:
    """Return the channels in the order they are tried: bot, webhook, fallback webhook.

    Raises:
        SettingsError: none is set, or one cannot be used.
    """
    channels: list[SlackChannel] = []
    if bot_token:
        channels.append(BotChannel(bot_token, channel or "", webhook_url))
    if webhook_url:
        channels.append(WebhookChannel(webhook_url))
    if fallback_webhook_url:
        channels.append(WebhookChannel(fallback_webhook_url, "fallback webhook"))
    if not channels:
        raise SettingsError(
            "There is no Slack channel to send alerts to.",
            "Set CAFE24_SLACK_WEBHOOK_URL, or CAFE24_SLACK_BOT_TOKEN and CAFE24_SLACK_CHANNEL.",
        )
    return tuple(channels)
