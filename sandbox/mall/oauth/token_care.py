"""What else can be done with a token: revoke it, or ask which scopes it has."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from sandbox.mall.admin.gate import signed_in
from sandbox.mall.answers import json_answer, oauth_refusal
from sandbox.mall.forms import client_credentials, read_form
from sandbox.mall.mall import Mall
from sandbox.mall.oauth.token_endpoint import check_client
from sandbox.mall.world import World


async def post_revoke(world: World, mall: Mall, request: Request) -> Response:
    """Revoke a token and the tokens that belong to it; the answer is 200 and empty."""
    form = await read_form(request)
    check_client(world.app, client_credentials(request, form))
    if not form.get("token"):
        raise oauth_refusal(
            HTTPStatus.BAD_REQUEST, "invalid_request", "The token parameter is required."
        )
    mall.tokens.revoke(form["token"])
    return Response(status_code=HTTPStatus.OK)


async def get_scopes(world: World, mall: Mall, request: Request) -> Response:
    """Return the scopes of the access token that is presented."""
    return json_answer({"scopes": list(signed_in(world, mall, request).scopes)})
