"""GET and POST /api/v2/oauth/authorize: the operator is asked, and sent back with a code."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.mall.forms import read_form
from sandbox.mall.mall import Mall
from sandbox.mall.oauth.registration import Registration
from sandbox.mall.pages.pages import page
from sandbox.mall.world import World

PRINCIPAL = "principal"
"""The 대표운영자: only the mall's principal operator may consent."""

Mistake = tuple[str, str]

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url, without padding."""


class _TurnedAway(Exception):
    """The request is wrong; `answer` says so to whom it may be said."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the app asks the operator for."""

    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]
    challenge: str

    def returned(self, **answer: str) -> Response:
        """Send the browser back to the app, form-encoded, with the state unchanged."""
        trace_id = answer.pop("trace_id", None)
        fields = {**answer, "state": self.state, "trace_id": trace_id}
        told = urlencode({name: value for name, value in fields.items() if value is not None})
        mark = "&" if "?" in self.redirect_uri else "?"
        return RedirectResponse(f"{self.redirect_uri}{mark}{told}", HTTPStatus.FOUND)

    def refused(self, error: str, description: str) -> Response:
        """Send the browser back with an error."""
        trace_id = secrets.token_hex(16)
        return self.returned(error=error, error_description=description, trace_id=trace_id)


async def get_authorize(world: World, mall: Mall, request: Request) -> Response:
    """Show the operator which app asks for what."""
    try:
        asked = _asked(world.app, request.query_params)
    except _TurnedAway as refusal:
        return refusal.answer
    return page("consent.html", app=world.app, mall_id=mall.mall_id, scopes=asked.scopes)


async def post_authorize(world: World, mall: Mall, request: Request) -> Response:
    """Take the operator's decision and send the browser back to the app."""
    try:
        asked = _asked(world.app, request.query_params)
    except _TurnedAway as refusal:
        return refusal.answer
    form = await read_form(request)
    if form.get("decision") != "allow" or form.get("operator", PRINCIPAL) != PRINCIPAL:
        return asked.refused("access_denied", "The principal operator did not consent.")
    now = world.clock.now()
    code = mall.codes.issue(asked.redirect_uri, asked.scopes, asked.challenge, now)
    return asked.returned(code=code)


def _asked(app: Registration, query: Mapping[str, str]) -> _Asked:
    if query.get("client_id") != app.client_id:
        raise _TurnedAway(_misdirected("client_id"))
    if query.get("redirect_uri") not in app.redirect_uris:
        raise _TurnedAway(_misdirected("redirect_uri"))
    asked = _Asked(
        redirect_uri=query["redirect_uri"],
        state=query.get("state"),
        scopes=tuple(dict.fromkeys(re.split(r"[ ,]+", query.get("scope", "").strip(" ,")))),
        challenge=query.get("code_challenge", ""),
    )
    if mistake := _mistake(asked, app, query):
        raise _TurnedAway(asked.refused(*mistake))
    return asked


def _mistake(asked: _Asked, app: Registration, query: Mapping[str, str]) -> Mistake | None:
    """Return the error and its description, if something is wrong."""
    if "response_type" not in query:
        return "invalid_request", "The response_type parameter is required."
    if query["response_type"] != "code":
        return "unsupported_response_type", "The response_type must be code."
    if not (set(asked.scopes) <= set(app.scopes) and _read_with_write(asked.scopes)):
        return (
            "invalid_scope",
            "The scope added by Cafe24 Developers is invalid. Please try again.",
        )
    if asked.challenge or "code_challenge_method" in query:
        is_s256 = query.get("code_challenge_method") == "S256"
        if not (is_s256 and _CHALLENGE.fullmatch(asked.challenge)):
            return "invalid_request", "The code_challenge must be of method S256."
    return None


def _read_with_write(scopes: tuple[str, ...]) -> bool:
    """Tell whether no right to write is asked for without the right to read."""
    wanted = {scope.replace(".write_", ".read_", 1) for scope in scopes}
    return wanted <= set(scopes)


def _misdirected(name: str) -> Response:
    """Return a page: nobody is sent to an address that is not the app's own."""
    return page(
        "refused.html",
        HTTPStatus.BAD_REQUEST,
        error="invalid_request",
        description=f"The {name} added by Cafe24 Developers is invalid.",
    )
