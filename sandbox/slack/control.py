"""Control under `/__sandbox__/`: what arrived, faults on order, dead channels."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.slack.faults import Fault, Faults
from sandbox.slack.workspace import Workspace

BAD_REQUEST = 400
BOT_STATES = {"ok": "ok", "revoked": "token_revoked", "inactive": "account_inactive"}
STATES = {
    "webhook": {"ok", "dead", "archived", "prohibited"},
    "fallback": {"ok", "dead", "archived", "prohibited"},
    "bot": set(BOT_STATES),
    "channel": {"ok", "archived"},
    "rate": {"free", "limited"},
}


def control_routes(workspace: Workspace, faults: Faults) -> list[Route]:
    """Return the control endpoints."""

    async def messages(request: Request) -> Response:
        if request.method == "DELETE":
            workspace.messages.clear()
            workspace.requests.clear()
        return JSONResponse({"messages": [one.as_truth() for one in workspace.messages]})

    async def requests(_request: Request) -> Response:
        return JSONResponse({"requests": workspace.requests})

    async def orders(request: Request) -> Response:
        if request.method == "DELETE":
            faults.orders.clear()
        if request.method == "POST":
            given = await _body(request)
            new = [Fault.from_json(one) for one in (given if isinstance(given, list) else [given])]
            faults.orders.extend(new)
        return JSONResponse({"faults": [vars(one) for one in faults.orders]})

    async def state(request: Request) -> Response:
        if request.method == "POST":
            _set_state(workspace, await _body(request))
        return JSONResponse(_state(workspace))

    return [
        Route("/__sandbox__/messages", _said_clearly(messages), methods=["GET", "DELETE"]),
        Route("/__sandbox__/requests", _said_clearly(requests), methods=["GET"]),
        Route("/__sandbox__/faults", _said_clearly(orders), methods=["GET", "POST", "DELETE"]),
        Route("/__sandbox__/state", _said_clearly(state), methods=["GET", "POST"]),
    ]


Handler = Callable[[Request], Awaitable[Response]]


def _said_clearly(handler: Handler) -> Handler:
    """Turn an order that cannot be read into a 400 that says why."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, TypeError) as refusal:
            return JSONResponse({"error": str(refusal)}, BAD_REQUEST)

    return guarded


async def _body(request: Request) -> Any:
    return json.loads(await request.body())


def _set_state(workspace: Workspace, order: Any) -> None:
    """Change what the order names.

    Raises:
        ValueError: it names something unknown; nothing was changed.
    """
    if not isinstance(order, dict):
        raise ValueError("A state order is an object.")  # noqa: TRY004 - all refusals alike
    for name, value in order.items():
        if value not in STATES.get(name, ()):
            raise ValueError(f"There is no state {name}={value!r}.")
    if "bot" in order:
        workspace.bot_state = BOT_STATES[order["bot"]]
    for webhook in workspace.webhooks:
        webhook.state = order.get(webhook.lane, webhook.state)
    if "channel" in order:
        workspace.webhook.channel.is_archived = order["channel"] == "archived"
    if "rate" in order:
        workspace.is_limited = order["rate"] == "limited"


def _state(workspace: Workspace) -> dict[str, Any]:
    return {
        "webhook": workspace.webhook.state,
        "fallback": workspace.fallback.state,
        "bot": next(name for name, error in BOT_STATES.items() if error == workspace.bot_state),
        "channel": "archived" if workspace.webhook.channel.is_archived else "ok",
        "rate": "limited" if workspace.is_limited else "free",
    }
