"""A Slack workspace: incoming webhooks and the Web API, with a page that shows what arrived."""

import argparse
import socket

from sandbox.server import serve
from sandbox.slack.app import slack_app
from sandbox.slack.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what only the Slack takes."""
    parser.add_argument(
        "--channel",
        default="cafe24-alerts",
        help="the channel's name, default %(default)s; the second is NAME-fallback",
    )


def run(arguments: argparse.Namespace) -> None:
    """Serve a workspace until it is stopped."""
    port = arguments.port or _free_port()
    workspace = Workspace.with_channel(arguments.channel.lstrip("#"))
    url = f"http://127.0.0.1:{port}"
    ready = {
        "webhook_url": url + workspace.webhook.path,
        "fallback_webhook_url": url + workspace.fallback.path,
        "bot_token": workspace.bot_token,
        "channel": workspace.webhook.channel.id,
        "channel_name": workspace.webhook.channel.name,
        "api_url": f"{url}/api/",
    }
    serve(slack_app(workspace), port=port, ready=ready)


def _free_port() -> int:
    """Return a free port: the addresses in the ready line must name it beforehand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
