"""What the workspace remembers: two channels, two webhooks, a bot and every message."""

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Lane = Literal["webhook", "fallback", "api"]

TEAM_ID = "T00000000"
USER_ID = "U00000000"
BOT_ID = "B00000009"
APP_ID = "A00000000"
BOT_TOKEN = "xoxb-sandbox-000000000000-looks-invented"
MESSAGE_EVERY_S = 1.0
SCOPES = "chat:write,channels:history,channels:join,channels:read"


@dataclass
class Channel:
    """A channel, and why it takes no messages if it does not."""

    id: str
    name: str
    is_archived: bool = False


@dataclass
class Webhook:
    """An incoming webhook: a secret path that posts into one channel.

    Attributes:
        state: `ok`, `dead` (removed: 404 no_service) or `archived` (410).
    """

    lane: Lane
    path: str
    channel: Channel
    state: str = "ok"


@dataclass
class Message:
    """A message as it now stands. `payload` holds what Slack shows of it."""

    id: int
    lane: Lane
    channel: Channel
    ts: str
    payload: dict[str, Any]
    received_at: datetime
    updated_at: datetime | None = None
    thread_ts: str | None = None
    is_broadcast: bool = False

    @property
    def is_quiet_reply(self) -> bool:
        """Whether it shows in its thread alone."""
        return self.thread_ts is not None and not self.is_broadcast

    def as_api(self, *, with_metadata: bool = True) -> dict[str, Any]:
        """Return the message as the Web API gives it."""
        shown = {key: value for key, value in self.payload.items() if value is not None}
        if not with_metadata and "metadata" in shown:
            shown["metadata"] = {"event_type": shown["metadata"]["event_type"]}
        answer = {
            "type": "message",
            "user": USER_ID,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "team": TEAM_ID,
            "ts": self.ts,
            **shown,
        }
        if self.thread_ts:
            answer["thread_ts"] = self.thread_ts
        if self.is_broadcast:
            answer["subtype"] = "thread_broadcast"
        if self.updated_at:
            answer["edited"] = {"user": USER_ID, "ts": f"{self.updated_at.timestamp():.6f}"}
        return answer

    def as_truth(self) -> dict[str, Any]:
        """Return the message with what only the sandbox knows. Times are UTC."""
        return {
            "id": self.id,
            "lane": self.lane,
            "channel": self.channel.id,
            "channel_name": self.channel.name,
            "ts": self.ts,
            "thread_ts": self.thread_ts,
            "text": self.payload.get("text") or "",
            "blocks": self.payload.get("blocks") or [],
            "attachments": self.payload.get("attachments") or [],
            "metadata": self.payload.get("metadata"),
            "received_at": self.received_at.isoformat(),
            "updated": self.updated_at.isoformat() if self.updated_at else None,
        }


@dataclass
class Workspace:
    """Everything one sandbox Slack knows."""

    webhook: Webhook
    fallback: Webhook
    bot_token: str = BOT_TOKEN
    bot_state: str = "ok"
    is_limited: bool = False
    messages: list[Message] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _last_ts: int = 0

    @classmethod
    def with_channel(cls, name: str) -> "Workspace":
        """Return a workspace whose first webhook posts into `name`."""
        first = Channel("C00000001", name)
        second = Channel("C00000002", f"{name}-fallback")
        base = f"/services/{TEAM_ID}"
        return cls(
            webhook=Webhook("webhook", f"{base}/B00000000/sandboxwebhooklooksinvented", first),
            fallback=Webhook("fallback", f"{base}/B00000001/sandboxfallbacklooksinvented", second),
        )

    @property
    def webhooks(self) -> tuple[Webhook, Webhook]:
        """Both webhooks."""
        return self.webhook, self.fallback

    @property
    def channels(self) -> tuple[Channel, Channel]:
        """Both channels."""
        return self.webhook.channel, self.fallback.channel

    def channel(self, channel_id: str) -> Channel | None:
        """Return the channel with this id."""
        return next((one for one in self.channels if one.id == channel_id), None)

    def channel_named(self, name: str) -> Channel | None:
        """Return the channel with this name, with or without its #."""
        return next((one for one in self.channels if one.name == name.removeprefix("#")), None)

    def message(self, channel: Channel, ts: str) -> Message | None:
        """Return the channel's message with this timestamp."""
        found = (one for one in self.messages if one.channel is channel and one.ts == ts)
        return next(found, None)

    def wait_s(self, channel: Channel) -> float:
        """Return for how long a limited channel takes no message: one a second, as Slack says."""
        last = next((one for one in reversed(self.messages) if one.channel is channel), None)
        if last is None or not self.is_limited:
            return 0.0
        return MESSAGE_EVERY_S - (datetime.now(UTC) - last.received_at).total_seconds()

    def post(self, lane: Lane, channel: Channel, payload: dict[str, Any]) -> Message:
        """Keep a new message, last in order."""
        message = Message(
            id=next(self._ids),
            lane=lane,
            channel=channel,
            ts=self._next_ts(),
            payload=payload,
            received_at=datetime.now(UTC),
        )
        self.messages.append(message)
        return message

    def _next_ts(self) -> str:
        """Return a timestamp that no other message has: Slack's ids are times."""
        self._last_ts = max(self._last_ts + 100, time.time_ns() // 1000)
        seconds, micros = divmod(self._last_ts, 1_000_000)
        return f"{seconds}.{micros:06d}"
