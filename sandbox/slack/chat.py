"""`chat.*`: post a message, change it, remove it, link to it."""

from datetime import UTC, datetime

from sandbox.slack.arguments import flag
from sandbox.slack.content import Refused, content
from sandbox.slack.lookup import Answer, Arguments, channel_of, message_of
from sandbox.slack.workspace import Message, Workspace

MAX_UPDATED_BYTES = 4000
"""A changed message takes less text than a new one, and it is counted in bytes."""


def post_message(workspace: Workspace, arguments: Arguments) -> Answer:
    """Post into a channel, named by id or by name."""
    channel = channel_of(workspace, arguments, by_name=True)
    if channel.is_archived:
        raise Refused("is_archived")
    message = workspace.post("api", channel, content(arguments))
    message.thread_ts = str(arguments.get("thread_ts") or "") or None
    message.is_broadcast = bool(message.thread_ts) and flag(arguments.get("reply_broadcast"))
    return {"channel": channel.id, "ts": message.ts, "message": message.as_api()}


def update(workspace: Workspace, arguments: Arguments) -> Answer:
    """Replace a message. What is not given stays, as Slack documents for metadata."""
    message = _own_message(workspace, arguments, "cant_update_message")
    new = content(arguments)
    if len(new["text"].encode()) > MAX_UPDATED_BYTES:
        raise Refused("msg_too_long")
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


def permalink(workspace: Workspace, arguments: Arguments) -> Answer:
    """Return the address of a message."""
    message = message_of(workspace, arguments, "message_ts")
    channel = message.channel.id
    link = f"https://sandbox.slack.com/archives/{channel}/p{message.ts.replace('.', '')}"
    return {"channel": channel, "permalink": link}


def _own_message(workspace: Workspace, arguments: Arguments, foreign: str) -> Message:
    message = message_of(workspace, arguments)
    if message.lane != "api":
        raise Refused(foreign)
    return message
