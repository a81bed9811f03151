"""Lets a client that knows only Cafe24's host names find its mall here.

`GET /api/v2/...` with `Host: samplemall.cafe24api.com` is the same as
`GET /samplemall/api/v2/...`, and so is `GET http://samplemall.cafe24api.com/api/v2/...`,
which a client sends that takes this server for its proxy.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

DOMAIN = ".cafe24api.com"

_ABSOLUTE = ("http://", "https://")


class MallHosts:
    """An ASGI application that puts the mall's host name in front of the path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on."""
        path: str = scope["path"]
        if path.startswith(_ABSOLUTE):
            path = f"/{path.partition('://')[2].partition('/')[2]}"
        mall_id = _mall_id(scope)
        if mall_id is not None:
            path = f"/{mall_id}{path}"
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)


def _mall_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"host":
            host = value.decode("latin-1").partition(":")[0].lower()
            return host.removesuffix(DOMAIN) if host.endswith(DOMAIN) else None
    return None
