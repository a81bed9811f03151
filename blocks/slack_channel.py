"""Where a run sends alerts."""

from typing import ClassVar, Literal

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from cafe24.alerts.channel import SlackChannel as Channel
from cafe24.alerts.slack import slack_channels

DEFAULT = "default"


class SlackChannel(Block):
    """The Slack channel that alerts go to, and the second one should it refuse.

    Its document `default` is written by `manage.py setup`.

    Example:
        ```python
        from blocks.slack_channel import SlackChannel

        slack = SlackChannel.load("BLOCK_NAME")
        first, *others = slack.open()
        ```
    """

    _block_type_name: ClassVar[str] = "Slack Channel"
    _block_type_slug: ClassVar[str] = "slack-channel"

    webhook_url: SecretStr | None = Field(default=None, description="An incoming webhook.")
    fallback_webhook_url: SecretStr | None = Field(
        default=None, description="Another webhook, tried when the first refuses."
    )
    bot_token: SecretStr | None = Field(
        default=None, description="A bot token: it keeps one message an incident current."
    )
    channel: str | None = Field(default=None, description="The bot's channel: its id or #name.")
    language: Literal["ko", "en"] = Field(default="ko", description="The alerts' language.")
    runbook_url: str | None = Field(
        default=None, description="Where docs/operations.md is shown: what alerts lead to."
    )

    def open(self) -> tuple[Channel, ...]:
        """Return the channels in the order they are tried.

        Raises:
            SettingsError: none is set, or one cannot be used.
        """
        return slack_channels(
            webhook_url=_text(self.webhook_url),
            fallback_webhook_url=_text(self.fallback_webhook_url),
            bot_token=_text(self.bot_token),
            channel=self.channel,
        )


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
