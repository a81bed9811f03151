"""POST /api/v2/oauth/token: a code or a refresh token in, a new pair out."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from sandbox.mall.answers import Refused, json_answer, oauth_refusal
from sandbox.mall.forms import Credentials, client_credentials, read_form
from sandbox.mall.mall import Mall
from sandbox.mall.oauth.grants import TokenRequest
from sandbox.mall.oauth.registration import Registration
from sandbox.mall.oauth.token_answer import token_answer
from sandbox.mall.oauth.tokens import Pair
from sandbox.mall.world import World


@dataclass(frozen=True, slots=True)
class _Attempt:
    mall: Mall
    form: dict[str, str]
    now: datetime

    def refused_grant(self, description: str) -> Refused:
        return oauth_refusal(self.mall.behaviour.invalid_grant_status, "invalid_grant", description)

    def required(self, name: str) -> str:
        value = self.form.get(name, "")
        if not value:
            raise oauth_refusal(
                HTTPStatus.BAD_REQUEST, "invalid_request", f"The {name} parameter is required."
            )
        return value


async def post_token(world: World, mall: Mall, request: Request) -> Response:
    """Grant a pair of tokens, or say in OAuth's envelope why not."""
    form = await read_form(request)
    attempt = _Attempt(mall, form, world.clock.now())
    outcome, issued = "granted", ""
    try:
        pair = _granted(attempt, world.app, client_credentials(request, form))
        issued = pair.refresh.text if pair.rotated else ""
        return json_answer(token_answer(mall, world.app.client_id, pair))
    except Refused as refusal:
        is_limit = refusal.status == HTTPStatus.TOO_MANY_REQUESTS
        outcome = "rate_limited" if is_limit else refusal.body["error"]
        raise
    finally:
        presented = form.get("refresh_token") or form.get("code", "")
        kind = form.get("grant_type", "")
        mall.token_requests.note(TokenRequest(attempt.now, kind, outcome, presented, issued))


def _granted(attempt: _Attempt, app: Registration, credentials: Credentials) -> Pair:
    _check_limit(attempt)
    check_client(app, credentials)
    grant_type = attempt.form.get("grant_type")
    if grant_type == "refresh_token":
        pair = _refreshed(attempt)
    elif grant_type == "authorization_code":
        pair = _exchanged(attempt)
    else:
        # Cafe24 documents two different errors for the same mistake.
        is_code = "code" in attempt.form
        error = "unsupported_response_type" if is_code else "unsupported_grant_type"
        raise oauth_refusal(HTTPStatus.BAD_REQUEST, error, "The grant_type is not supported.")
    attempt.mall.tokens.discard_oldest_access(attempt.now)
    return pair


def check_client(app: Registration, credentials: Credentials) -> None:
    """Raise `invalid_client` unless these are the app's client_id and secret."""
    expected = f"{app.client_id}:{app.client_secret}"
    if not secrets.compare_digest(":".join(credentials).encode(), expected.encode()):
        raise oauth_refusal(HTTPStatus.UNAUTHORIZED, "invalid_client", "Invalid client_secret")


def _check_limit(attempt: _Attempt) -> None:
    mall = attempt.mall
    if mall.behaviour.token_limit and mall.token_requests.is_over_limit(attempt.now):
        raise oauth_refusal(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_requests",
            "Token requests are limited to 15 per 2 hours.",
        )


def _refreshed(attempt: _Attempt) -> Pair:
    mall = attempt.mall
    presented = attempt.required("refresh_token")
    pair = mall.tokens.rotate(presented, attempt.now, mall.behaviour)
    if pair is None:
        raise attempt.refused_grant("Invalid refresh_token")
    return pair


def _exchanged(attempt: _Attempt) -> Pair:
    mall = attempt.mall
    code, redirect_uri = attempt.required("code"), attempt.required("redirect_uri")
    grant = mall.codes.look_up(code)
    if grant is None:
        raise attempt.refused_grant("Invalid code")
    if attempt.now >= grant.expires_at:
        raise attempt.refused_grant("Code time expired")
    if redirect_uri != grant.redirect_uri:
        # Not invalid_grant and not 400: so says Cafe24's own table.
        raise oauth_refusal(
            HTTPStatus.UNAUTHORIZED, "invalid_scope", "The redirect_uri is invalid."
        )
    if not grant.is_proved_by(attempt.form.get("code_verifier", "")):
        raise attempt.refused_grant("Invalid code_verifier")
    mall.codes.use_up(code)
    mall.has_app = True
    return mall.tokens.begin_family(grant.scopes, attempt.now, mall.behaviour.token_style)
