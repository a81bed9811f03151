"""Slack by an incoming webhook, which can only add messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from slack_sdk import WebhookClient

from cafe24.alerts.addresses import checked_webhook_url
from cafe24.alerts.channel import Receipt, SlackMessage
from cafe24.alerts.slack_answers import OK, judged, slack_errors
from cafe24.alerts.slack_sending import TIMEOUT_S, retry_handlers, silent_logger

_SETTINGS = {
    "webhook": "CAFE24_SLACK_WEBHOOK_URL",
    "fallback webhook": "CAFE24_SLACK_FALLBACK_WEBHOOK_URL",
}

_EMPTY_IS_REFUSED = frozenset({"no_text", "invalid_payload"})
"""What a webhook that is alive says to a message without anything in it."""


class WebhookChannel:
    """An incoming webhook: it can only add messages."""

    def __init__(self, url: str, name: Literal["webhook", "fallback webhook"] = "webhook") -> None:
        self.name: str = name
        self._setting = _SETTINGS[name]
        self._client = WebhookClient(
            checked_webhook_url(url, self._setting),
            timeout=TIMEOUT_S,
            logger=silent_logger(),
            retry_handlers=retry_handlers(),
        )

    def deliver(self, message: SlackMessage, earlier: Receipt | None = None) -> Receipt:  # noqa: ARG002 - a webhook cannot edit
        """Post the message. See `SlackChannel`."""
        with slack_errors(self.name, self._setting):
            answer = self._client.send(
                text=message.text, blocks=message.blocks, metadata=message.metadata()
            )
        if answer.status_code != OK or answer.body != "ok":
            raise judged(answer.status_code, answer.body, answer.headers, self.name, self._setting)
        return Receipt(self.name)

    def probe(self) -> None:
        """Send a message without a text: a living webhook says so, and posts none.

        See `SlackChannel`.
        """
        with slack_errors(self.name, self._setting):
            answer = self._client.send_dict({})
        if answer.body not in _EMPTY_IS_REFUSED:
            raise judged(answer.status_code, answer.body, answer.headers, self.name, self._setting)

    def delivered(self, since: datetime) -> Mapping[int, Receipt]:  # noqa: ARG002 - a webhook cannot be asked
        """Return nothing: a webhook does not tell. See `SlackChannel`."""
        return {}
