"""The token endpoint's answer: its field set, and its times without an offset."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.mall.clock import dated, naive_kst
from sandbox.mall.mall import Mall
from sandbox.mall.oauth.tokens import Pair

_WRITTEN: dict[str, Callable[[datetime], str]] = {
    "naive": naive_kst,
    "offset": dated,
    "utc": lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
}


def token_answer(mall: Mall, client_id: str, pair: Pair) -> dict[str, Any]:
    """Return what a granted token request is answered: no expires_in, shop_no a text."""
    written = _WRITTEN[mall.behaviour.timestamps]
    refresh_fields = {
        "refresh_token": pair.refresh.text,
        "refresh_token_expires_at": written(pair.refresh.expires_at),
    }
    if not mall.behaviour.refresh_token_expires_at:
        del refresh_fields["refresh_token_expires_at"]
    return {
        "access_token": pair.access.text,
        "expires_at": written(pair.access.expires_at),
        **(refresh_fields if pair.rotated else {}),
        "client_id": client_id,
        "mall_id": mall.mall_id,
        "user_id": mall.mall_id,
        "scopes": list(pair.access.scopes),
        "issued_at": written(pair.access.issued_at),
        "shop_no": "1",
        "token_type": "Bearer",
    }
