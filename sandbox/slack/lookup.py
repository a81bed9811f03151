"""Finding what a call's arguments name: a channel, a message, a number, a stretch of time."""

import math
from collections.abc import Callable
from typing import Any

from sandbox.slack.arguments import flag
from sandbox.slack.content import Refused
from sandbox.slack.workspace import Channel, Message, Workspace

Arguments = dict[str, Any]
Answer = dict[str, Any]

PAGE_DEFAULT = 100
PAGE_MOST = 999


def channel_of(workspace: Workspace, arguments: Arguments, *, by_name: bool = False) -> Channel:
    """Return the channel that is named by its id, or by its name where that is allowed.

    Raises:
        Refused: `channel_not_found`.
    """
    asked = str(arguments.get("channel") or "")
    found = workspace.channel(asked)
    if found is None and by_name:
        found = workspace.channel_named(asked)
    if found is None:
        raise Refused("channel_not_found")
    return found


def message_of(workspace: Workspace, arguments: Arguments, name: str = "ts") -> Message:
    """Return the message that is named by its channel and timestamp.

    Raises:
        Refused: `channel_not_found` or `message_not_found`.
    """
    channel = channel_of(workspace, arguments)
    message = workspace.message(channel, str(arguments.get(name) or ""))
    if message is None:
        raise Refused("message_not_found")
    return message


def window(arguments: Arguments) -> Callable[[Message], bool]:
    """Return whether a message lies between `oldest` and `latest`.

    Raises:
        Refused: `invalid_ts_oldest` or `invalid_ts_latest`.
    """
    oldest = _seconds(arguments, "oldest", 0.0)
    latest = _seconds(arguments, "latest", math.inf)
    if flag(arguments.get("inclusive")):
        return lambda message: oldest <= float(message.ts) <= latest
    return lambda message: oldest < float(message.ts) < latest


def page_of(found: list[Message], arguments: Arguments) -> Answer:
    """Return one page of messages and the cursor to the next.

    Raises:
        Refused: `invalid_limit` or `invalid_cursor`.
    """
    limit = min(_whole(arguments, "limit", PAGE_DEFAULT, least=1), PAGE_MOST)
    start = _whole(arguments, "cursor", 0, least=0)
    rest = start + limit if len(found) > start + limit else 0
    with_metadata = flag(arguments.get("include_all_metadata"))
    return {
        "messages": [m.as_api(with_metadata=with_metadata) for m in found[start : start + limit]],
        "has_more": bool(rest),
        "response_metadata": {"next_cursor": str(rest) if rest else ""},
    }


def _seconds(arguments: Arguments, name: str, default: float) -> float:
    try:
        found = float(arguments.get(name) or default)
    except (TypeError, ValueError):
        raise Refused(f"invalid_ts_{name}") from None
    if math.isnan(found):
        raise Refused(f"invalid_ts_{name}")
    return found


def _whole(arguments: Arguments, name: str, default: int, *, least: int) -> int:
    given = arguments.get(name)
    try:
        found = int(str(default if given in {None, ""} else given))
    except (TypeError, ValueError):
        raise Refused(f"invalid_{name}") from None
    if found < least:
        raise Refused(f"invalid_{name}")
    return found
