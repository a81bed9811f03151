"""Puts the mall's access token on every request, and asks once for a newer one on a 401.

The client never refreshes: it asks the token source, and only the keeper behind
that may spend a refresh token.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

import httpx

from cafe24.errors import Reauthorize, VaultRefused
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.pair import AccessToken, Grant

USED_UNTIL = timedelta(minutes=1)
"""A token this close to its end is not used for another request."""


class AccessTokens(Protocol):
    """Where access tokens come from. Both calls block, so asynchronous callers use a thread."""

    def current(self, mall_id: MallId) -> AccessToken:
        """Return a token with some life left."""
        ...

    def renewed(self, mall_id: MallId, rejected: AccessToken) -> AccessToken:
        """Return a newer token than the one Cafe24 answered 401 to."""
        ...

    def uninstalled(self, mall_id: MallId, refused: AccessToken) -> None:
        """Take note that the app was removed from the mall, as Cafe24 said to this token."""
        ...


class FixedToken:
    """One access token given by hand, for benchmarks: it cannot be renewed."""

    def __init__(self, value: Secret) -> None:
        self._value = value

    def current(self, mall_id: MallId) -> AccessToken:
        """Return the given token, whatever the mall."""
        ends = datetime.max.replace(tzinfo=UTC)
        return AccessToken(mall_id, self._value, ends, Grant("fixed", 0))

    def renewed(self, mall_id: MallId, rejected: AccessToken) -> AccessToken:
        """Refuse: there is no other token.

        Raises:
            Reauthorize: always.
        """
        raise Reauthorize(
            f"Cafe24 refused the access token given for {mall_id} "
            f"(generation {rejected.grant.generation}).",
            "Give one that is valid; it lives two hours.",
        )

    def uninstalled(self, mall_id: MallId, refused: AccessToken) -> None:
        """Do nothing: the token is kept nowhere."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class BearerAuth(httpx.Auth):
    """Signs one mall's requests; many requests may share it.

    The token is fetched at the first request and kept until it is nearly out or
    Cafe24 refuses it. However many requests meet a 401 with the same token, one
    `renewed` call is made; each of them is then sent once more.
    """

    def __init__(
        self, tokens: AccessTokens, mall_id: MallId, *, now: Callable[[], datetime] = _utc_now
    ) -> None:
        self._tokens = tokens
        self._mall_id = mall_id
        self._now = now
        self._held: AccessToken | None = None
        self._asking = threading.Lock()

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request; on a 401 sign it once more with a newer token."""
        token = self._usable()
        response = yield _signed(request, token)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            yield _signed(request, self._newer_than(token))

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Do the same; the token source is asked in a thread."""
        token = self._held_and_usable()
        if token is None:
            token = await asyncio.to_thread(self._usable)
        response = yield _signed(request, token)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            yield _signed(request, await asyncio.to_thread(self._newer_than, token))

    def tell_uninstalled(self) -> None:
        """Tell the token source that the app was removed; blocks. Raises as its calls."""
        if self._held is not None:
            self._tokens.uninstalled(self._mall_id, self._held)

    def _held_and_usable(self) -> AccessToken | None:
        held = self._held
        return held if held and held.expires_at - self._now() > USED_UNTIL else None

    def _usable(self) -> AccessToken:
        with self._asking:
            token = self._held_and_usable() or self._tokens.current(self._mall_id)
            self._held = token
            return token

    def _newer_than(self, rejected: AccessToken) -> AccessToken:
        with self._asking:
            if self._held is None or self._held.value == rejected.value:
                self._held = self._tokens.renewed(self._mall_id, rejected)
            return self._held


def _signed(request: httpx.Request, token: AccessToken) -> httpx.Request:
    """Put the token on the request.

    Raises:
        VaultRefused: the text is no header value; the HTTP library's own error
            would show it.
    """
    text = token.value.reveal()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise VaultRefused(
            f"The access token held for {token.mall_id} is damaged: it is no header value.",
            f"Run: .venv/bin/python manage.py refresh {token.mall_id} --force",
        )
    request.headers["Authorization"] = f"Bearer {text}"
    return request
