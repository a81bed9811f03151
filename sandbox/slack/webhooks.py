"""Incoming webhooks: `ok`, or the name of an error, as plain text."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.slack.arguments import Unreadable, webhook_payload
from sandbox.slack.content import Refused, content
from sandbox.slack.workspace import TEAM_ID, Webhook, Workspace

BAD_REQUEST, FORBIDDEN, NOT_FOUND, NOT_ALLOWED, GONE, TOO_MANY = 400, 403, 404, 405, 410, 429


def find(workspace: Workspace, path: str) -> Webhook | None:
    """Return the webhook that this path is the secret of."""
    return next((one for one in workspace.webhooks if one.path == path), None)


def unknown(path: str) -> Response:
    """Answer a path that is no webhook: another team's, or a removed one's."""
    is_ours = path.startswith(f"/services/{TEAM_ID}/")
    return PlainTextResponse("no_service" if is_ours else "no_team", NOT_FOUND)


async def receive(workspace: Workspace, webhook: Webhook, request: Request) -> Response:
    """Take a message, or refuse it as Slack does."""
    if (death := _dead(webhook)) is not None:
        return death
    if request.method != "POST":
        return PlainTextResponse("method_not_allowed", NOT_ALLOWED)
    try:
        payload = content(await webhook_payload(request))
    except (Unreadable, Refused) as refusal:
        return PlainTextResponse(refusal.error, BAD_REQUEST)
    if workspace.wait_s(webhook.channel) > 0:
        return PlainTextResponse("rate_limited", TOO_MANY, {"Retry-After": "1"})
    workspace.post(webhook.lane, webhook.channel, payload)
    # Slack says text/html here, and clients compare the body alone.
    return Response("ok", media_type="text/html")


def _dead(webhook: Webhook) -> Response | None:
    """Return what a webhook answers that takes nothing, whatever is sent."""
    if webhook.state == "dead":
        return PlainTextResponse("no_service", NOT_FOUND)
    if webhook.state == "prohibited":
        return PlainTextResponse("action_prohibited", FORBIDDEN)
    if webhook.state == "archived" or webhook.channel.is_archived:
        return PlainTextResponse("channel_is_archived", GONE)
    return None
