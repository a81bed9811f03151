"""Slack by a bot token: one message an incident, kept current in place."""

import logging
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import RetryHandler

from cafe24.alerts.addresses import api_url
from cafe24.alerts.channel import EVENT_TYPE, Receipt, SlackMessage
from cafe24.alerts.slack_answers import CHECK_CHANNEL, OK, judged, slack_errors
from cafe24.alerts.slack_sending import (
    TIMEOUT_S,
    rate_limit_handlers,
    retry_handlers,
    silent_logger,
)
from cafe24.errors import SettingsError, SlackAway, SlackRefused

# Between tries; before each the channel is asked whether the message arrived.
PAUSES_S = (1.0, 3.0)
LOOK_BACK = timedelta(minutes=10)
HISTORY_PAGE = 200
HISTORY_PAGES = 5

_SETTING = "CAFE24_SLACK_BOT_TOKEN"
_WRITE = "chat:write"
_READ = {"channels:read", "groups:read"}
_MESSAGE_IS_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}

_log = logging.getLogger(__name__)


class BotChannel:
    """A bot token: one message an incident, kept current in place.

    Args:
        channel: the channel's id, or its name with or without #.
        webhook_url: tells which Slack it is: the public one, GovSlack or a stand-in.
    """

    def __init__(self, token: str, channel: str, webhook_url: str | None = None) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise SettingsError(
                f"{_SETTING} holds a space or a character no token has.",
                "Copy the Bot User OAuth Token again; it begins with xoxb-.",
            )
        if not channel:
            raise SettingsError(
                f"{_SETTING} is set, CAFE24_SLACK_CHANNEL is not.",
                "Set CAFE24_SLACK_CHANNEL to the channel's id.",
            )
        self.name = f"bot in {channel}"
        self._channel = channel
        self._client = _client(token, webhook_url, retry_handlers())
        self._poster = _client(token, webhook_url, rate_limit_handlers())

    def deliver(self, message: SlackMessage, earlier: Receipt | None = None) -> Receipt:
        """Change the earlier message, or post a new one. See `SlackChannel`.

        A change makes no sound, so what must be heard is also said in the message's
        thread, and from there to the channel.
        """
        if earlier is None or not earlier.slack_ts or not self._update(message, earlier):
            return self._posted(message)
        if message.is_loud:
            self._reply(message, earlier)
        return earlier

    def probe(self) -> None:
        """Ask whose token it is, what it may do, and for the channel. See `SlackChannel`.

        A channel that is archived can be read still, so it is looked at where the token may.
        """
        with slack_errors(self.name, _SETTING):
            whose = self._client.auth_test()
            scopes = str(whose.headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
            if _WRITE not in scopes:
                raise judged(OK, "missing_scope", {}, self.name, _SETTING)
            channel = self._channel_id()
            self._client.conversations_history(channel=channel, limit=1)
            if _READ & set(scopes):
                found = self._client.conversations_info(channel=channel)["channel"]
                if found.get("is_archived"):
                    raise judged(OK, "is_archived", {}, self.name, _SETTING)

    def delivered(self, since: datetime) -> Mapping[int, Receipt]:
        """Return the outbox lines whose numbers stand in the channel. See `SlackChannel`."""
        try:
            with slack_errors(self.name, _SETTING):
                return self._look_up(since)
        except SlackRefused as refusal:
            _log.warning("Sent messages cannot be looked up, so one may be doubled: %s", refusal)
            return {}

    def _posted(self, message: SlackMessage) -> Receipt:
        """Post, and post again only after looking whether the message arrived."""
        for pause_s in PAUSES_S:
            try:
                return self._post(message)
            except SlackAway:
                time.sleep(pause_s)
            known = self.delivered(datetime.now(UTC) - LOOK_BACK)
            if message.message_ids[0] in known:
                return known[message.message_ids[0]]
        return self._post(message)

    def _post(self, message: SlackMessage) -> Receipt:
        with slack_errors(self.name, _SETTING):
            answer = self._poster.chat_postMessage(channel=self._channel, **_content(message))
        return Receipt(str(answer["channel"]), str(answer["ts"]))

    def _update(self, message: SlackMessage, earlier: Receipt) -> bool:
        """Change the message; tell whether it was there to be changed."""
        channel, ts = earlier.channel, earlier.slack_ts
        with slack_errors(self.name, _SETTING):
            try:
                self._client.chat_update(channel=channel, ts=ts, **_content(message))
            except SlackApiError as refusal:
                if refusal.response.get("error") in _MESSAGE_IS_GONE:
                    return False
                raise
        return True

    def _reply(self, message: SlackMessage, earlier: Receipt) -> None:
        with slack_errors(self.name, _SETTING):
            self._poster.chat_postMessage(
                channel=earlier.channel,
                thread_ts=earlier.slack_ts,
                reply_broadcast=True,
                text=message.text,
            )

    def _look_up(self, since: datetime) -> dict[int, Receipt]:
        channel = self._channel_id()
        pages = self._client.conversations_history(
            channel=channel,
            oldest=f"{since.timestamp():.6f}",
            limit=HISTORY_PAGE,
            include_all_metadata=True,
        )
        found: dict[int, Receipt] = {}
        for _, page in zip(range(HISTORY_PAGES), pages, strict=False):
            for one in page["messages"]:
                told = _told(one)
                # A digest belongs to no incident alone: its lines get no message of their own.
                ts = str(one["ts"]) if len(told.get("incidents", [])) == 1 else ""
                found |= {int(line): Receipt(channel, ts) for line in told.get("messages", [])}
        return found

    def _channel_id(self) -> str:
        """Return the channel's id: history is asked by id alone."""
        if re.fullmatch(r"[CGD][A-Z0-9]{6,}", self._channel):
            return self._channel
        name = self._channel.removeprefix("#")
        pages = self._client.conversations_list(
            types="public_channel,private_channel", exclude_archived=True, limit=HISTORY_PAGE
        )
        for page in pages:
            for one in page["channels"]:
                if one["name"] == name:
                    return str(one["id"])
        raise SlackRefused(f"The bot sees no channel named {name!r}.", CHECK_CHANNEL)


def _client(token: str, webhook_url: str | None, handlers: list[RetryHandler]) -> WebClient:
    return WebClient(
        token,
        base_url=api_url(webhook_url),
        timeout=TIMEOUT_S,
        logger=silent_logger(),
        retry_handlers=handlers,
    )


def _content(message: SlackMessage) -> dict[str, Any]:
    return {
        "text": message.text,
        "blocks": message.blocks,
        "metadata": message.metadata(),
    }


def _told(message: Mapping[str, Any]) -> dict[str, list[int]]:
    """Return what `SlackMessage.metadata` wrote; nothing for anybody else's message."""
    metadata = message.get("metadata") or {}
    return metadata.get("event_payload", {}) if metadata.get("event_type") == EVENT_TYPE else {}
