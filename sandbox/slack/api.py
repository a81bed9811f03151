"""The Web API's manners: tokens, unknown methods, errors that come with 200."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.slack.arguments import JSON, Unreadable, api_arguments
from sandbox.slack.content import Refused
from sandbox.slack.methods import METHODS, NEEDED_SCOPES
from sandbox.slack.workspace import SCOPES, Workspace


async def call(workspace: Workspace, method: str, request: Request) -> Response:
    """Answer one call of the Web API."""
    try:
        arguments = await api_arguments(request)
        if method == "api.test":
            return _tested(request, arguments)
        if (refusal := _barred(workspace, method, request, arguments)) is not None:
            return refusal
        return _answered(request, METHODS[method](workspace, arguments))
    except Unreadable as unreadable:
        return _refused(unreadable.error)
    except Refused as refusal:
        return _refused(refusal.error, **_explained(refusal))


def _barred(
    workspace: Workspace, method: str, request: Request, arguments: dict[str, Any]
) -> Response | None:
    """Return why this method may not be called, or None."""
    if method not in METHODS | NEEDED_SCOPES:
        return _refused("unknown_method", req_method=method)
    if error := _token_error(workspace, request, arguments):
        return _refused(error)
    if method in NEEDED_SCOPES:
        return _refused("missing_scope", needed=NEEDED_SCOPES[method], provided=SCOPES)
    return None


def _tested(request: Request, arguments: dict[str, Any]) -> Response:
    """Give the arguments back, as an error where they ask for one."""
    if error := arguments.get("error"):
        return _refused(str(error), args=arguments)
    return _answered(request, {"args": arguments})


def _token_error(workspace: Workspace, request: Request, arguments: dict[str, Any]) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # A token inside a JSON body is not looked at by Slack either.
    in_form = not request.headers.get("content-type", "").startswith(JSON)
    if scheme.lower() != "bearer":
        token = str(arguments.get("token") or "") if in_form else ""
    if not token:
        return "not_authed"
    if token.strip() != workspace.bot_token:
        return "invalid_auth"
    return None if workspace.bot_state == "ok" else workspace.bot_state


def _answered(request: Request, answer: dict[str, Any]) -> Response:
    body: dict[str, Any] = {"ok": True, **answer}
    content_type = request.headers.get("content-type", "")
    if content_type.startswith(JSON) and "charset" not in content_type:
        kept = body.get("response_metadata", {})
        warnings = [*kept.get("warnings", []), "missing_charset"]
        body["warning"] = ",".join(warnings)
        body["response_metadata"] = {**kept, "warnings": warnings}
    return JSONResponse(body, headers={"x-oauth-scopes": SCOPES})


def _refused(error: str, **more: Any) -> Response:
    return JSONResponse({"ok": False, "error": error, **more})


def _explained(refusal: Refused) -> dict[str, Any]:
    if not refusal.findings:
        return {}
    messages = [f"[ERROR] {finding}" for finding in refusal.findings]
    return {"errors": refusal.findings, "response_metadata": {"messages": messages}}
