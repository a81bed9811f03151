"""GETs from one mall's Admin API: signed in, paced, retried, judged.

The only home of httpx beside the token endpoint. A GET changes nothing, so it
may be repeated; how often is bounded, and every wait is counted.
"""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

from cafe24.api.answer import AGAIN_LATER, json_of, time_of
from cafe24.api.auth import AccessTokens, BearerAuth
from cafe24.api.pace import Pace, Turn
from cafe24.errors import AppUninstalled, Cafe24Away, RateLimited
from cafe24.malls import MallId, is_loopback

CONNECT_S = 5.0
ANSWER_S = 60.0
"""Seconds for one call as a whole, its body included."""

TRIES = 6
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
LONGEST_ASKED_S = 60.0
"""A wait that somebody asked for, if longer than this, is left to a later run."""
LONGEST_BLOCK_S = 900.0
"""A mall blocked for longer than this is left to a later run."""

Query = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the calls of one client came to.

    Attributes:
        waited_s: seconds in which a call waited: held back, or between tries.
    """

    calls: int = 0
    rejected_429: int = 0
    waited_s: float = 0.0

    def since(self, before: "Traffic") -> "Traffic":
        """Return what came after `before`."""
        return Traffic(
            self.calls - before.calls,
            self.rejected_429 - before.rejected_429,
            self.waited_s - before.waited_s,
        )


class MallApi:
    """The Admin API of one mall. Use it as an asynchronous context.

    Args:
        mall_id: the mall.
        url: its base address, such as `https://samplemall.cafe24api.com`. Tokens are
            sent there: check it first with `cafe24.malls.trusted_api_url`.
        tokens: where access tokens come from.
        api_version: sent as X-Cafe24-Api-Version; None leaves it to the app's setting.
        pace: the mall's governor, shared by all that call this mall.
        sleep: waits between tries.
        transport: replaces the network, for tests.

    Attributes:
        server_time: the last answer's own time (its Date header), aware UTC.
    """

    def __init__(  # noqa: PLR0913 - what may be replaced, each named at the call
        self,
        mall_id: MallId,
        url: str,
        tokens: AccessTokens,
        *,
        api_version: str | None = None,
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.mall_id = mall_id
        self.pace = pace or Pace(is_stand_in=is_loopback(url))
        self._calls = self._rejected_429 = 0
        self.server_time: datetime | None = None
        self._sleep = sleep
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_version:
            headers["X-Cafe24-Api-Version"] = api_version
        self._auth = BearerAuth(tokens, mall_id)
        self._client = httpx.AsyncClient(
            base_url=f"{url}/api/v2/admin/",
            headers=headers,
            auth=self._auth,
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
            verify=authorities(),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(self, endpoint: str, query: Query, **place: str | int) -> Any:
        """Return the JSON that `endpoint` answers.

        Args:
            endpoint: as Cafe24 documents it, such as `products/{product_no}`; each
                has a bucket of its own.
            query: parameters; unknown ones are silently ignored by Cafe24.
            place: the values for the endpoint's braces.

        Raises:
            Cafe24Away, RateLimited: still so after all tries.
            Reauthorize, ScopeMissing, VersionSunset: a person is needed.
            NotFound: no such record.
            ContractBroken: refused in a way the documentation does not know.
        """
        path = endpoint.format(**place)
        pauses = _pauses()
        while True:
            try:
                return await self._get_once(endpoint, path, query)
            except (Cafe24Away, RateLimited) as failure:
                pause_s = next(pauses, None)
                asked_s = failure.retry_after_s or 0.0
                if pause_s is None or asked_s > LONGEST_ASKED_S:
                    raise
                pause_s = max(pause_s, asked_s)
                self.pace.note_wait(pause_s)
                await self._sleep(pause_s)

    @property
    def traffic(self) -> Traffic:
        """What the calls came to so far."""
        return Traffic(self._calls, self._rejected_429, self.pace.waited_s)

    async def _get_once(self, endpoint: str, path: str, query: Query) -> Any:
        if (blocked_s := self.pace.blocked_s) > LONGEST_BLOCK_S:
            raise RateLimited(
                f"{self.mall_id}: Cafe24 blocked the mall for {blocked_s:.0f} seconds.",
                "Every call before that makes it longer. What was read is kept: run it again then.",
                retry_after_s=blocked_s,
            )
        turn = await self.pace.turn(endpoint)
        self._calls += 1
        try:
            response = await self._response(endpoint, path, query)
        except BaseException:
            self.pace.lose(turn)
            raise
        self._learn(turn, response)
        try:
            return json_of(response, self.mall_id, endpoint)
        except AppUninstalled:
            await asyncio.to_thread(self._auth.tell_uninstalled)
            raise

    async def _response(self, endpoint: str, path: str, query: Query) -> httpx.Response:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._client.get(path, params=dict(query))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as failure:
            # Its own words may hold the request; its kind says enough.
            raise Cafe24Away(
                f"{self.mall_id}: {endpoint} gave no whole answer ({type(failure).__name__}).",
                AGAIN_LATER,
            ) from None

    def _learn(self, turn: Turn, response: httpx.Response) -> None:
        self._calls += len(response.history)  # the 401 before a newer token
        was_rejected = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
        self._rejected_429 += was_rejected
        self.pace.hear(turn, response.headers, was_rejected=was_rejected)
        self.server_time = time_of(response) or self.server_time


@lru_cache
def authorities() -> ssl.SSLContext:
    """Return whom TLS trusts. Reading them takes longer than a call, so once a process."""
    return httpx.create_ssl_context(trust_env=False)


def _pauses() -> Iterator[float]:
    """Yield the seconds to pause after each failed try but the last, doubling, with jitter."""
    for failed in range(TRIES - 1):
        longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**failed)
        yield longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter keeps no secret
