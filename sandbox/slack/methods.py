"""The Web API's methods, each a function from arguments to an answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.slack.arguments import flag
from sandbox.slack.content import Refused, content
from sandbox.slack.workspace import BOT_ID, TEAM_ID, USER_ID, Channel, Message, Workspace

Arguments = dict[str, Any]
Answer = dict[str, Any]

HISTORY_DEFAULT = 100
HISTORY_MOST = 999


def auth_test(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Say whose token this is."""
    return {
        "url": "https://sandbox.slack.com/",
        "team": "Sandbox",
        "user": f"{workspace.webhook.channel.name}-bot",
        "team_id": TEAM_ID,
        "user_id": USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def post_message(workspace: Workspace, arguments: Arguments) -> Answer:
    """Post into a channel, named by id or by name."""
    channel = _channel(workspace, arguments, by_name=True)
    if channel.is_archived:
        raise Refused("is_archived")
    message = workspace.post("api", channel, content(arguments))
    message.thread_ts = arguments.get("thread_ts") or None
    message.is_broadcast = bool(message.thread_ts) and flag(arguments.get("reply_broadcast"))
    return {"channel": channel.id, "ts": message.ts, "message": message.as_api()}


def update(workspace: Workspace, arguments: Arguments) -> Answer:
    """Replace a message. What is not given stays, as Slack documents for metadata."""
    message = _own_message(workspace, arguments, "cant_update_message")
    new = content(arguments)
    if new["metadata"] is None:
        new["metadata"] = message.payload["metadata"]
    message.payload = new
    message.updated_at = datetime.now(UTC)
    return {
        "channel": message.channel.id,
        "ts": message.ts,
        "text": new["text"],
        "message": message.as_api(),
    }


def delete(workspace: Workspace, arguments: Arguments) -> Answer:
    """Remove a message."""
    message = _own_message(workspace, arguments, "cant_delete_message")
    workspace.messages.remove(message)
    return {"channel": message.channel.id, "ts": message.ts}


def history(workspace: Workspace, arguments: Arguments) -> Answer:
    """Return a channel's messages, newest first, without replies that were not broadcast."""
    channel = _channel(workspace, arguments)
    asked = _number(arguments, "limit", HISTORY_DEFAULT, "invalid_limit")
    limit = min(int(asked), HISTORY_MOST)
    start = int(_number(arguments, "cursor", 0, "invalid_cursor"))
    is_in_window = _window(arguments)
    found = [
        one
        for one in reversed(workspace.messages)
        if one.channel is channel and is_in_window(float(one.ts)) and not one.is_quiet_reply
    ]
    rest = start + limit if len(found) > start + limit else 0
    with_metadata = flag(arguments.get("include_all_metadata"))
    return {
        "messages": [m.as_api(with_metadata=with_metadata) for m in found[start : start + limit]],
        "has_more": bool(rest),
        "pin_count": 0,
        "response_metadata": {"next_cursor": str(rest) if rest else ""},
    }


def replies(workspace: Workspace, arguments: Arguments) -> Answer:
    """Return a thread: its first message and the replies, oldest first."""
    channel = _channel(workspace, arguments)
    first = arguments.get("ts")
    found = [
        one
        for one in workspace.messages
        if one.channel is channel and first in {one.ts, one.thread_ts}
    ]
    if not found:
        raise Refused("thread_not_found")
    return {"messages": [message.as_api() for message in found], "has_more": False}


def list_channels(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Return both channels."""
    return {
        "channels": [_described(channel) for channel in workspace.channels],
        "response_metadata": {"next_cursor": ""},
    }


def channel_info(workspace: Workspace, arguments: Arguments) -> Answer:
    """Return one channel."""
    return {"channel": _described(_channel(workspace, arguments))}


def _described(channel: Channel) -> Answer:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_private": False,
        "is_archived": channel.is_archived,
        "is_member": True,
    }


def _channel(workspace: Workspace, arguments: Arguments, *, by_name: bool = False) -> Channel:
    asked = str(arguments.get("channel") or "")
    found = workspace.channel(asked)
    if found is None and by_name:
        found = workspace.channel_named(asked)
    if found is None:
        raise Refused("channel_not_found")
    return found


def _own_message(workspace: Workspace, arguments: Arguments, foreign: str) -> Message:
    message = workspace.message(_channel(workspace, arguments), str(arguments.get("ts") or ""))
    if message is None:
        raise Refused("message_not_found")
    if message.lane != "api":
        raise Refused(foreign)
    return message


def _window(arguments: Arguments) -> Callable[[float], bool]:
    """Return whether a timestamp lies between `oldest` and `latest`."""
    oldest = _number(arguments, "oldest", 0, "invalid_ts_oldest")
    latest = _number(arguments, "latest", float("inf"), "invalid_ts_latest")
    if flag(arguments.get("inclusive")):
        return lambda ts: oldest <= ts <= latest
    return lambda ts: oldest < ts < latest


def _number(arguments: Arguments, name: str, default: float, error: str) -> float:
    try:
        return float(arguments.get(name) or default)
    except (TypeError, ValueError):
        raise Refused(error) from None


METHODS: dict[str, Callable[[Workspace, Arguments], Answer]] = {
    "auth.test": auth_test,
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.delete": delete,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.list": list_channels,
    "conversations.info": channel_info,
}
