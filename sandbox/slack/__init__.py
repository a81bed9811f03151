"""A Slack workspace: incoming webhooks and the Web API, with a page that shows what arrived."""

import argparse
from functools import partial

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
    workspace = Workspace.with_channel(arguments.channel.lstrip("#"))
    serve(slack_app(workspace), port=arguments.port, ready=partial(_ready, workspace))


def _ready(workspace: Workspace, url: str) -> dict[str, str]:
    return {
        "webhook_url": url + workspace.webhook.path,
        "fallback_webhook_url": url + workspace.fallback.path,
        "bot_token": workspace.bot_token,
        "channel": workspace.webhook.channel.id,
        "channel_name": workspace.webhook.channel.name,
        "api_url": f"{url}/api/",
    }
