"""Calls are repeated while that may help, and no longer."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cafe24 import errors
from cafe24.api.auth import FixedToken
from cafe24.api.client import TRIES, MallApi
from cafe24.api.pace import Pace
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.pair import AccessToken
from tests.small_mall import MALL, TOKEN, URL, Clock, SmallMall, product, refused


def get(mall: SmallMall, **options: Any) -> Any:
    async def call() -> Any:
        async with mall.api(**options) as api:
            return await api.get("products/count", {"shop_no": 1})

    return asyncio.run(call())


def cut_short(_request: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError("peer closed connection without sending complete body")


@pytest.mark.parametrize(
    "faults",
    [
        [lambda _: refused(503)] * 2,
        [lambda _: refused(500)],
        [lambda _: refused(429)] * 3,
        [cut_short],
        [lambda _: httpx.Response(200, text="<html>maintenance</html>")],
        [lambda _: httpx.Response(200, content=b'{"count":')],
        [lambda _: httpx.Response(502, text="<html>bad gateway</html>")],
    ],
    ids=["503 twice", "500", "429 thrice", "cut", "html", "truncated", "502"],
)
def test_what_passes_is_survived(faults: list[Callable[[httpx.Request], httpx.Response]]) -> None:
    mall = SmallMall({1: product(1)})
    mall.faults.extend(faults)
    assert get(mall) == {"count": 1}


@pytest.mark.parametrize(("status", "kind"), [(503, errors.Cafe24Away), (429, errors.RateLimited)])
def test_what_stays_is_given_up(status: int, kind: type[errors.CafeError]) -> None:
    mall = SmallMall()
    mall.faults.extend([lambda _: refused(status)] * 100)
    with pytest.raises(kind):
        get(mall)
    assert len(mall.calls) == TRIES


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_no_repetition_cures_is_not_repeated(status: int) -> None:
    mall = SmallMall()
    mall.faults.append(lambda _: refused(status))
    with pytest.raises(errors.CafeError):
        get(mall)
    assert len(mall.calls) == 1


def _kinds_of_httpx() -> list[type[Exception]]:
    found = [kind for _, kind in inspect.getmembers(httpx, inspect.isclass)]
    wanted = (httpx.TransportError, httpx.DecodingError, httpx.TooManyRedirects, httpx.InvalidURL)
    return [kind for kind in found if issubclass(kind, wanted)]


@pytest.mark.parametrize("kind", [*_kinds_of_httpx(), TimeoutError, OSError])
def test_every_failure_of_the_wire_becomes_ours_and_shows_nothing(kind: type[Exception]) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise kind(f"Authorization: Bearer {TOKEN}")

    mall = SmallMall()
    mall.faults.extend([fail] * TRIES)
    with pytest.raises(errors.Cafe24Away, match=kind.__name__) as away:
        get(mall)
    assert TOKEN not in str(away.value)
    assert away.value.__cause__ is None
    assert away.value.__suppress_context__


def test_an_answer_that_does_not_come_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cafe24.api.client.ANSWER_S", 0.01)
    mall = SmallMall(latency_s=5.0)
    with pytest.raises(errors.Cafe24Away, match="TimeoutError"):
        get(mall)


def test_pauses_grow_and_are_counted() -> None:
    slept: list[float] = []
    clock = Clock()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await clock.sleep(seconds)

    async def call() -> float:
        mall = SmallMall()
        mall.faults.extend([lambda _: refused(503)] * (TRIES - 1))
        pace = Pace(is_stand_in=True, clock=clock, sleep=clock.sleep)
        async with mall.api(sleep=sleep, pace=pace) as api:
            await api.get("products/count", {})
            return api.traffic.waited_s

    assert asyncio.run(call()) == pytest.approx(sum(slept))
    assert len(slept) == TRIES - 1
    assert slept[-1] > 4 * slept[0]


class HesitantTokens(FixedToken):
    """A token source that asks to wait before it looks at a refused token."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(Secret(TOKEN))
        self.waits = [wait_s]

    def renewed(self, mall_id: MallId, rejected: AccessToken) -> AccessToken:
        if self.waits:
            raise errors.Cafe24Away(f"{mall_id}: too young.", retry_after_s=self.waits.pop())
        return rejected


@pytest.mark.parametrize(("wait_s", "is_waited"), [(40.0, True), (3600.0, False)])
def test_a_wait_that_is_asked_for_is_kept_unless_it_is_long(
    wait_s: float, *, is_waited: bool
) -> None:
    mall = SmallMall({1: product(1)})
    mall.faults.extend([lambda _: refused(401)] * 2)
    clock = Clock()

    async def call() -> Any:
        pace = Pace(is_stand_in=True, clock=clock, sleep=clock.sleep)
        async with MallApi(
            MALL,
            URL,
            HesitantTokens(wait_s),
            pace=pace,
            sleep=clock.sleep,
            transport=httpx.MockTransport(mall.answer),
        ) as api:
            return await api.get("products/count", {})

    if not is_waited:
        with pytest.raises(errors.Cafe24Away):
            asyncio.run(call())
        return
    assert asyncio.run(call()) == {"count": 1}
    assert clock.now >= 100 + wait_s


def test_a_mall_blocked_for_long_is_left_to_a_later_run() -> None:
    mall = SmallMall({1: product(1)})
    block = {"X-Cafe24-Call-Remain": "3600"}

    async def call() -> None:
        clock = Clock()
        async with mall.api(pace=Pace(clock=clock, sleep=clock.sleep)) as api:
            mall.faults.append(lambda _: refused(429, **block))
            await api.get("products/count", {})

    with pytest.raises(errors.RateLimited, match="3600 seconds") as limited:
        asyncio.run(call())
    assert limited.value.retry_after_s == pytest.approx(3600, abs=1)
    assert len(mall.calls) == 1


def test_calls_and_rejections_are_counted() -> None:
    async def call() -> MallApi:
        mall = SmallMall()
        mall.faults.extend([lambda _: refused(429), None, lambda _: refused(503)])
        async with mall.api() as api:
            for _ in range(3):
                await api.get("products/count", {})
            return api

    traffic = asyncio.run(call()).traffic
    assert (traffic.calls, traffic.rejected_429) == (5, 1)


def test_the_wanted_version_is_asked_for() -> None:
    seen: list[httpx.Headers] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return refused(500)

    for version in ("2026-03-01", None):
        mall = SmallMall()
        mall.faults.append(look)
        get(mall, api_version=version)
    assert [one.get("X-Cafe24-Api-Version") for one in seen] == ["2026-03-01", None]
    assert {one["Content-Type"] for one in seen} == {"application/json"}


def test_a_redirect_is_not_followed_with_the_token() -> None:
    mall = SmallMall()
    away = {"Location": "https://elsewhere.example/"}
    mall.faults.append(lambda _: httpx.Response(302, headers=away))
    with pytest.raises(errors.ContractBroken, match="302"):
        get(mall)
    assert len(mall.calls) == 1


def test_cafe24s_own_time_is_kept() -> None:
    async def call() -> Any:
        mall = SmallMall()
        told = {"Date": "Mon, 23 Nov 2026 05:05:41 GMT"}
        mall.faults.extend(
            [
                lambda _: httpx.Response(200, text='{"count": 0}', headers=told),
                lambda _: httpx.Response(200, text='{"count": 0}', headers={"Date": "soon"}),
            ]
        )
        async with mall.api() as api:
            for _ in range(2):
                await api.get("products/count", {})
            return api.server_time

    assert asyncio.run(call()).isoformat() == "2026-11-23T05:05:41+00:00"
