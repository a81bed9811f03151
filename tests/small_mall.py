"""A mall in memory: products by number, answered as the Admin API does, with orders for faults.

For tests that need thousands of calls, or time that does not pass. What a real server
does is tested against the sandbox.
"""

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from cafe24.api.auth import FixedToken
from cafe24.api.client import MallApi
from cafe24.api.pace import Pace
from cafe24.malls import MallId, mall_id
from cafe24.secret import Secret

MALL = mall_id("smallmall")
URL = f"http://127.0.0.1:1/{MALL}"
TOKEN = "invented-access-token"
MONDAY = "2026-11-23T14:05:41+09:00"

Answer = Callable[[httpx.Request], httpx.Response]


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def product(number: int, **fields: Any) -> dict[str, Any]:
    """Return a short record of the real shape."""
    return {
        "shop_no": 1,
        "product_no": number,
        "product_code": f"P{number:07}",
        "product_name": f"니트 {number}<br>3컬러",
        "price": "29900.00",
        "display": "T",
        "selling": "F",
        "sold_out": "F",
        "created_date": MONDAY,
        "updated_date": MONDAY,
        **fields,
    }


def variant(number: int, letter: str = "A", **fields: Any) -> dict[str, Any]:
    return {
        "shop_no": 1,
        "variant_code": f"P{number:07}000{letter}",
        "quantity": 5,
        "use_inventory": "T",
        "additional_amount": "0.00",
        **fields,
    }


def told(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps(body), headers=headers)


def refused(status: int, message: str = "Refused.", **headers: str) -> httpx.Response:
    return told({"error": {"code": status, "message": message}}, status, **headers)


@dataclass
class SmallMall:
    """The mall.

    Attributes:
        products: what it sells, by number; `changed` are those with a new date.
        faults: answers to the next calls instead of the mall's own, in order; None lets
            one pass.
        faults_on: the same for the next calls of one path, wherever they come in between.
        calls: path and query of each call.
        latency_s: what an answer takes.
        gives_variants: with the list, when asked.
    """

    products: dict[int, dict[str, Any]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    faults: deque[Answer | None] = field(default_factory=deque)
    faults_on: dict[str, deque[Answer | None]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    latency_s: float = 0.0
    gives_variants: bool = True

    async def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(f"/{MALL}/api/v2/admin/")
        query = dict(request.url.params)
        self.calls.append((path, query))
        await asyncio.sleep(self.latency_s)
        faults = self.faults_on.get(path) or self.faults
        fault = faults.popleft() if faults else None
        return fault(request) if fault else self._told(path, query)

    def api(self, mall: MallId = MALL, **options: Any) -> MallApi:
        """Return a client of this mall, by this name, that never really waits."""
        clock = Clock()
        given = {
            "pace": Pace(is_stand_in=True, clock=clock, sleep=clock.sleep),
            "sleep": clock.sleep,
            "transport": httpx.MockTransport(self.answer),
            **options,
        }
        return MallApi(mall, URL, FixedToken(Secret(TOKEN)), **given)

    def asked(self, path: str) -> list[dict[str, str]]:
        return [query for called, query in self.calls if called == path]

    def page(self, request: httpx.Request) -> httpx.Response:
        """Answer a call of the list as if nothing were ordered."""
        return told({"products": self._page(dict(request.url.params))})

    def _told(self, path: str, query: dict[str, str]) -> httpx.Response:
        if path == "products":
            return told({"products": self._page(query)})
        if path == "products/count":
            return told({"count": len(self._listed(query))})
        number = int(path.split("/")[1])
        if number not in self.products:
            return refused(404, "No product found.")
        if path.endswith("/variants"):
            return told({"variants": self.products[number].get("variants", [])})
        return told({"product": {**self.products[number], "description": "<p>니트</p>"}})

    def _page(self, query: dict[str, str]) -> list[dict[str, Any]]:
        page = self._listed(query)[: int(query["limit"])]
        return [
            _embedded(one, with_variants=self.gives_variants and "embed" in query) for one in page
        ]

    def _listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        since = int(query.get("since_product_no", "0"))
        numbers = self.changed if "updated_start_date" in query else self.products
        return [self.products[no] for no in sorted(numbers) if no > since and no in self.products]


def _embedded(record: dict[str, Any], *, with_variants: bool) -> dict[str, Any]:
    told = {name: value for name, value in record.items() if name != "variants"}
    if with_variants:
        told["variants"] = record.get("variants", [])[:100]
    return told


class _Jumping(selectors.SelectSelector):
    """Waits for no timer: the loop's clock jumps to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout is None:
            return ready or super().select(timeout)
        self.now += timeout
        return ready


class _AtOnce(ThreadPoolExecutor):
    """Does what is given to a thread here and now: the clock would jump while it works."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **named))
        except Exception as failure:  # noqa: BLE001 - whoever waits for it raises it
            done.set_exception(failure)
        return done


def in_no_time(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run the coroutine on a loop whose clock jumps over all waiting."""
    selector = _Jumping()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    loop.set_default_executor(_AtOnce())
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
