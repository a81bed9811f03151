"""Puts the workspace on the network: webhooks, Web API, page and control."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.slack import api, webhooks
from sandbox.slack.control import control_routes
from sandbox.slack.faults import Faults, answer_with
from sandbox.slack.page import page_routes
from sandbox.slack.workspace import Lane, Workspace


def slack_app(workspace: Workspace) -> Starlette:
    """Return the application that plays this workspace."""
    faults = Faults()

    async def receive(request: Request) -> Response:
        webhook = webhooks.find(workspace, request.url.path)
        if webhook is None:
            return webhooks.unknown(request.url.path)

        async def answer() -> Response:
            return await webhooks.receive(workspace, webhook, request)

        return await _served(request, webhook.lane, answer)

    async def call(request: Request) -> Response:
        async def answer() -> Response:
            return await api.call(workspace, request.path_params["method"], request)

        return await _served(request, "api", answer)

    async def _served(
        request: Request, lane: Lane, answer: Callable[[], Awaitable[Response]]
    ) -> Response:
        received_at = datetime.now(UTC)
        fault = faults.take(lane)
        response = await answer_with(fault, lane, request, answer)
        workspace.requests.append(
            {
                "at": received_at.isoformat(),
                "lane": lane,
                "path": request.url.path,
                "status": response.status_code,
                "fault": fault.kind if fault else None,
            }
        )
        return response

    return Starlette(
        routes=[
            Route("/services/{rest:path}", receive, methods=["GET", "POST"]),
            Route("/api/{method}", call, methods=["GET", "POST"]),
            *control_routes(workspace, faults),
            *page_routes(workspace),
        ]
    )
