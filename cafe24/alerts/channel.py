"""What the outbox needs from a Slack channel, however it is reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

EVENT_TYPE = "cafe24_alert"


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message, ready to send.

    Attributes:
        text: what notifications and screen readers show; mrkdwn.
        blocks: Block Kit JSON.
        message_ids: the outbox lines it settles.
        incident_ids: the incidents it is about.
        is_loud: whether a change in place would be too quiet for it.
    """

    text: str
    blocks: list[dict[str, Any]]
    message_ids: tuple[int, ...]
    incident_ids: tuple[int, ...]
    is_loud: bool = False

    def metadata(self) -> dict[str, Any]:
        """Return what the message carries unseen, to be found again by `delivered`."""
        return {
            "event_type": EVENT_TYPE,
            "event_payload": {
                "incidents": list(self.incident_ids),
                "messages": list(self.message_ids),
            },
        }


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a message went: `channel` is no secret; `slack_ts` is empty after a webhook."""

    channel: str
    slack_ts: str = ""


class SlackChannel(Protocol):
    """Takes messages."""

    @property
    def name(self) -> str:
        """What the channel is called in reports; never its address or token."""

    def deliver(self, message: SlackMessage, earlier: Receipt | None = None) -> Receipt:
        """Send a message, in place of the incident's earlier one where that can be.

        Raises:
            SlackAway: no answer, 429 or 5xx after all retries; nothing is known.
            SlackRefused: Slack said no; `next_step` says what to mend.
        """

    def probe(self) -> None:
        """Ask whether a message would be taken, and post none.

        Raises:
            SlackAway: no answer, 429 or 5xx after all retries; nothing is known.
            SlackRefused: it would not; `next_step` says what to mend.
        """

    def delivered(self, since: datetime) -> Mapping[int, Receipt]:
        """Return the outbox lines that the channel already shows, where it can be asked.

        Raises:
            SlackAway: no answer, 429 or 5xx after all retries.
        """
