"""The page that shows the messages as Slack does."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.slack.mrkdwn import SEOUL, mrkdwn_html, plain_html
from sandbox.slack.workspace import Channel, Message, Workspace

NOT_FOUND = 404

_NAMED_HUES = {"good": "#2eb67d", "warning": "#ecb22e", "danger": "#e01e5a"}


def page_routes(workspace: Workspace) -> list[Route]:
    """Return the page and the part of it that refreshes itself."""
    templates = _templates()

    async def page(request: Request) -> Response:
        channel = _asked_channel(workspace, request)
        if channel is None:
            return HTMLResponse("<p>There is no such channel.</p>", NOT_FOUND)
        return HTMLResponse(templates.get_template("page.html").render(_shown(workspace, channel)))

    async def messages(request: Request) -> Response:
        channel = _asked_channel(workspace, request)
        if channel is None:
            return Response(status_code=NOT_FOUND)
        html = templates.get_template("messages.html").render(_shown(workspace, channel))
        return HTMLResponse(html)

    return [Route("/", page), Route("/messages", messages)]


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "mrkdwn": lambda text: mrkdwn_html(str(text)),
        "plain": _text_object,
        "web": _web_url,
        "hue": _hue,
    }
    return environment


def _asked_channel(workspace: Workspace, request: Request) -> Channel | None:
    asked = request.query_params.get("channel", workspace.webhook.channel.name)
    return workspace.channel_named(asked)


def _shown(workspace: Workspace, channel: Channel) -> dict[str, Any]:
    shown = [_message(one) for one in workspace.messages if one.channel is channel]
    counts = {
        one.id: sum(message.channel is one for message in workspace.messages)
        for one in workspace.channels
    }
    return {
        "channel": channel,
        "channels": workspace.channels,
        "counts": counts,
        "messages": shown,
        "state": {"bot": workspace.bot_state, **{w.lane: w.state for w in workspace.webhooks}},
    }


def _message(message: Message) -> dict[str, Any]:
    received = message.received_at.astimezone(SEOUL)
    updated = message.updated_at.astimezone(SEOUL) if message.updated_at else None
    return {
        "id": message.id,
        "day": f"{received:%Y-%m-%d}",
        "time": f"{received:%H:%M:%S}",
        "edited": f"{updated:%H:%M:%S}" if updated else "",
        "lane": message.lane,
        "is_reply": bool(message.thread_ts),
        **message.payload,
        "attachments": [_attachment(one) for one in message.payload["attachments"] or []],
    }


def _attachment(attachment: dict[str, Any]) -> dict[str, Any]:
    """Return an attachment whose fields, which nobody judged, are objects in a list."""
    fields = attachment.get("fields")
    held = fields if isinstance(fields, list) else []
    return {**attachment, "fields": [field for field in held if isinstance(field, dict)]}


def _text_object(text: dict[str, Any]) -> Any:
    """Show a text object: mrkdwn or plain."""
    if text.get("type") == "mrkdwn":
        return mrkdwn_html(text["text"])
    return plain_html(text["text"], with_emoji=text.get("emoji") is not False)


def _hue(color: Any) -> str:
    """Return the colour of an attachment's bar."""
    named = _NAMED_HUES.get(str(color))
    if named is None and re.fullmatch(r"#?[0-9a-fA-F]{3,8}", str(color)):
        named = f"#{str(color).removeprefix('#')}"
    return named or "#ddd"


def _web_url(url: Any) -> str:
    """Return a link's address when a browser may be sent there, else `#`."""
    return url if urlsplit(str(url)).scheme in {"http", "https"} else "#"
