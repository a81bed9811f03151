"""What every call of the Admin API passes first: token, version, scope, limits."""

import time
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from sandbox.mall.answers import Refused, admin_refusal, refusal_answer
from sandbox.mall.endpoint import Handler
from sandbox.mall.forms import bearer_token
from sandbox.mall.mall import Mall
from sandbox.mall.oauth.tokens import Token
from sandbox.mall.world import World

_VERSION_HEADER = "X-Cafe24-Api-Version"


@dataclass(frozen=True, slots=True)
class Gate:
    """An endpoint of the Admin API behind its checks.

    Attributes:
        endpoint: its name, also of its bucket.
        scope: what the token must have been granted.
        handler: what answers once all is well.
    """

    endpoint: str
    scope: str
    handler: Handler

    async def __call__(self, world: World, mall: Mall, request: Request) -> Response:
        """Answer the call; every answer, also an error, carries the limit headers."""
        try:
            version = self._pass(world, mall, request)
            response = await self._timed(world, mall, request)
            response.headers[_VERSION_HEADER] = version
        except Refused as refusal:
            response = refusal_answer(refusal)
        response.headers.update(mall.gauge.headers(self.endpoint, mall.limits))
        return response

    async def _timed(self, world: World, mall: Mall, request: Request) -> Response:
        started = time.monotonic()
        try:
            return await self.handler(world, mall, request)
        finally:
            mall.gauge.spend(mall.limits.latency_s + time.monotonic() - started)

    def _pass(self, world: World, mall: Mall, request: Request) -> str:
        token = signed_in(world, mall, request)
        version = _served_version(mall, request)
        if self.scope and self.scope not in token.scopes:
            raise admin_refusal(
                HTTPStatus.FORBIDDEN,
                f"The access token has no authority for {self.scope}. (insufficient_scope)",
                more_info=True,
            )
        if not mall.gauge.admit(self.endpoint, mall.limits):
            raise admin_refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too Many Requests", more_info=True)
        return version


def signed_in(world: World, mall: Mall, request: Request) -> Token:
    """Return the live access token of the call.

    Raises:
        Refused: 401, or 403 once the shop's owner deleted the app.
    """
    text = bearer_token(request)
    if not text:
        raise admin_refusal(HTTPStatus.UNAUTHORIZED, "Authority to access is not valid.")
    token = mall.tokens.access.get(text)
    if token is not None and not mall.has_app:
        raise admin_refusal(
            HTTPStatus.FORBIDDEN,
            "This app is deleted. Receive the consent of the operator again.",
            more_info=True,
        )
    if token is None or token.is_revoked:
        raise admin_refusal(HTTPStatus.UNAUTHORIZED, "Invalid access_token")
    if not token.is_live(world.clock.now()):
        raise admin_refusal(HTTPStatus.UNAUTHORIZED, "access_token time expired. (invalid_token)")
    return token


def _served_version(mall: Mall, request: Request) -> str:
    served = mall.behaviour.api_versions
    asked = request.headers.get(_VERSION_HEADER, served[-1])
    if asked not in served:
        raise admin_refusal(
            HTTPStatus.BAD_REQUEST,
            f"{asked} version you requested is not available. "
            f"The default value for the app version is {served[-1]}.",
        )
    return asked
