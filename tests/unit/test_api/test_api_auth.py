"""Access tokens on requests: fetched late, kept, renewed once, never shown."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cafe24.api.auth import BearerAuth, FixedToken
from cafe24.errors import Reauthorize, VaultAway, VaultRefused
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.pair import AccessToken, Grant
from tests.small_mall import MALL, URL, SmallMall, product

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class TokenShelf:
    """A token source with state: `renewed` grants the next generation, as a keeper does."""

    def __init__(self, life: timedelta = timedelta(hours=2)) -> None:
        self.life = life
        self.generation = 1
        self.fetched = self.renewals = 0

    def current(self, mall_id: MallId) -> AccessToken:
        self.fetched += 1
        return self._token(mall_id)

    def renewed(self, mall_id: MallId, rejected: AccessToken) -> AccessToken:
        self.renewals += 1
        self.generation = max(self.generation, rejected.grant.generation + 1)
        return self._token(mall_id)

    def uninstalled(self, mall_id: MallId, refused: AccessToken) -> None:
        self.is_over = (mall_id, refused.grant.generation)

    def _token(self, mall_id: MallId) -> AccessToken:
        value = Secret(f"invented-token-{self.generation}")
        return AccessToken(mall_id, value, NOON + self.life, Grant("lineage", self.generation))


class Door:
    """Lets in one token and counts what knocked."""

    def __init__(self, wanted: str) -> None:
        self.wanted = f"Bearer {wanted}"
        self.seen: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.headers["Authorization"])
        return httpx.Response(200 if self.seen[-1] == self.wanted else 401)


def statuses(door: Door, shelf: TokenShelf, *, calls: int, at_once: bool = False) -> list[int]:
    async def call() -> list[int]:
        auth = BearerAuth(shelf, MALL, now=lambda: NOON)
        async with httpx.AsyncClient(transport=httpx.MockTransport(door), auth=auth) as client:
            if at_once:
                answers = await asyncio.gather(*(client.get(URL) for _ in range(calls)))
            else:
                answers = [await client.get(URL) for _ in range(calls)]
            return [answer.status_code for answer in answers]

    return asyncio.run(call())


def test_no_token_is_fetched_before_a_request_needs_one() -> None:
    shelf = TokenShelf()
    BearerAuth(shelf, MALL)
    assert shelf.fetched == 0


def test_a_token_is_fetched_once_and_kept() -> None:
    shelf = TokenShelf()
    assert statuses(Door("invented-token-1"), shelf, calls=5) == [200] * 5
    assert shelf.fetched == 1


def test_a_token_close_to_its_end_is_fetched_again() -> None:
    shelf = TokenShelf(life=timedelta(seconds=59))
    statuses(Door("invented-token-1"), shelf, calls=3)
    assert shelf.fetched == 3


def test_a_401_is_answered_with_a_newer_token() -> None:
    shelf, door = TokenShelf(), Door("invented-token-2")
    assert statuses(door, shelf, calls=1) == [200]
    assert door.seen == ["Bearer invented-token-1", "Bearer invented-token-2"]


def test_a_second_401_is_not_tried_again() -> None:
    shelf, door = TokenShelf(), Door("some-other-token")
    assert statuses(door, shelf, calls=1) == [401]
    assert len(door.seen) == 2
    assert shelf.renewals == 1


def test_many_401s_at_once_make_one_renewal() -> None:
    shelf = TokenShelf()
    assert statuses(Door("invented-token-2"), shelf, calls=12, at_once=True) == [200] * 12
    assert shelf.renewals == 1


def test_the_blocking_client_is_signed_in_the_same_way() -> None:
    shelf, door = TokenShelf(), Door("invented-token-2")
    auth = BearerAuth(shelf, MALL, now=lambda: NOON)
    with httpx.Client(transport=httpx.MockTransport(door), auth=auth) as client:
        assert [client.get(URL).status_code for _ in range(2)] == [200, 200]
    assert (shelf.fetched, shelf.renewals) == (1, 1)


def test_what_the_token_source_raises_reaches_the_caller() -> None:
    class SealedShelf(TokenShelf):
        def current(self, mall_id: MallId) -> AccessToken:
            raise VaultAway(f"Vault is sealed; {mall_id} waits.")

    with pytest.raises(VaultAway, match="sealed"):
        statuses(Door("any"), SealedShelf(), calls=1)


@pytest.mark.parametrize("text", ["", "two words", "line\nbreak", "한글", "nul\0"])
def test_a_token_that_is_no_header_value_is_refused_and_not_shown(text: str) -> None:
    source = FixedToken(Secret(text))

    async def call() -> None:
        async with httpx.AsyncClient(auth=BearerAuth(source, MALL)) as client:
            await client.get(URL)

    with pytest.raises(VaultRefused, match="damaged") as refused:
        asyncio.run(call())
    assert not text or text not in str(refused.value)


def test_a_fixed_token_serves_until_it_is_refused() -> None:
    mall = SmallMall({1: product(1)})

    async def call() -> None:
        mall.faults.extend([None, lambda _: httpx.Response(401)])
        async with mall.api() as api:
            assert await api.get("products/count", {}) == {"count": 1}
            await api.get("products/count", {})

    with pytest.raises(Reauthorize, match=MALL):
        asyncio.run(call())
