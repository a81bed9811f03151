"""`conversations.*` and `users.conversations`: the channels, and what was said in them."""

from sandbox.slack.content import Refused
from sandbox.slack.lookup import Answer, Arguments, channel_of, page_of, window
from sandbox.slack.workspace import USER_ID, Channel, Workspace


def history(workspace: Workspace, arguments: Arguments) -> Answer:
    """Return a channel's messages, newest first, without replies that were not broadcast."""
    channel = channel_of(workspace, arguments)
    is_in_window = window(arguments)
    found = [
        one
        for one in reversed(workspace.messages)
        if one.channel is channel and is_in_window(one) and not one.is_quiet_reply
    ]
    return {**page_of(found, arguments), "pin_count": 0}


def replies(workspace: Workspace, arguments: Arguments) -> Answer:
    """Return a thread: its first message and the replies, oldest first."""
    channel = channel_of(workspace, arguments)
    first = str(arguments.get("ts") or "")
    thread = [
        one
        for one in workspace.messages
        if one.channel is channel and first in {one.ts, one.thread_ts}
    ]
    if not thread:
        raise Refused("thread_not_found")
    is_in_window = window(arguments)
    return page_of([one for one in thread if is_in_window(one)], arguments)


def list_channels(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Return both channels."""
    return {
        "channels": [_described(channel) for channel in workspace.channels],
        "response_metadata": {"next_cursor": ""},
    }


def info(workspace: Workspace, arguments: Arguments) -> Answer:
    """Return one channel."""
    return {"channel": _described(channel_of(workspace, arguments))}


def join(workspace: Workspace, arguments: Arguments) -> Answer:
    """Say that the bot is in the channel already: it is in both."""
    channel = channel_of(workspace, arguments)
    if channel.is_archived:
        raise Refused("is_archived")
    warning = "already_in_channel"
    return {
        "channel": _described(channel),
        "warning": warning,
        "response_metadata": {"warnings": [warning]},
    }


def members(workspace: Workspace, arguments: Arguments) -> Answer:
    """Return who is in a channel: the bot alone."""
    channel_of(workspace, arguments)
    return {"members": [USER_ID], "response_metadata": {"next_cursor": ""}}


def _described(channel: Channel) -> Answer:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_private": False,
        "is_archived": channel.is_archived,
        "is_member": True,
    }
