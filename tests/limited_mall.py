"""A mall in memory with Cafe24's limits, strictly kept, on the loop's own clock.

For tests of the pace: the loop's clock jumps over all waiting (`tests.small_mall.in_no_time`),
so a read of eighty seconds takes a tenth of one.
"""

import asyncio
import random
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Any

import httpx

from cafe24.api.pace import Pace
from cafe24.api.pages import Listing, read_count
from cafe24.products.ranges import Span
from cafe24.products.reading import Reading
from tests.small_mall import SmallMall, in_no_time, product, refused

BUCKET = 40
LEAK_PER_S = 2.0


@dataclass
class LimitedMall(SmallMall):
    """A small mall with a bucket for each endpoint.

    Attributes:
        leaks_by_the_second: two calls leave at each full second, not one every half.
        jitter: by which share of `latency_s` a call's own differs, at most.
        before: the share of it that passes before the mall sees the call.
        counts_numbers: whether the count takes since_product_no.
        arrivals: when each call came, and to which path.
        rejected: how many met a full bucket.
    """

    leaks_by_the_second: bool = False
    jitter: float = 0.0
    before: float = 0.5
    counts_numbers: bool = True
    chance: random.Random = field(default_factory=lambda: random.Random(24))  # noqa: S311 - repeatable
    levels: dict[str, tuple[float, float]] = field(default_factory=dict)
    arrivals: list[tuple[float, str]] = field(default_factory=list)
    rejected: int = 0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.rsplit("/admin/", 1)[1]
        query = dict(request.url.params)
        latency_s = self.latency_s * (1 + self.jitter * self.chance.uniform(-1, 1))
        await asyncio.sleep(latency_s * self.before)
        now = asyncio.get_running_loop().time()
        self.arrivals.append((now, path))
        self.calls.append((path, query))
        used = self._fill(path, now)
        if used > BUCKET:
            self.rejected += 1
            response = refused(429, "Too Many Requests")
        else:
            response = self._told(path, query)
        response.headers["X-Api-Call-Limit"] = f"{min(used, BUCKET)}/{BUCKET}"
        await asyncio.sleep(latency_s * (1 - self.before))
        return response

    @property
    def busiest_second(self) -> int:
        """The most calls that came within a second, whatever their endpoint."""
        busiest, last = 0, deque[float]()
        for at, _ in sorted(self.arrivals):
            last.append(at)
            while last[0] <= at - 1:
                last.popleft()
            busiest = max(busiest, len(last))
        return busiest

    @cached_property
    def _numbers(self) -> list[int]:
        return sorted(self.products)

    def _fill(self, path: str, now: float) -> int:
        level, at = self.levels.get(path, (0.0, now))
        passed = int(now) - int(at) if self.leaks_by_the_second else now - at
        level = max(0.0, level - LEAK_PER_S * passed) + 1.0
        if level <= BUCKET:
            self.levels[path] = level, now
        return ceil(level)

    def _told(self, path: str, query: dict[str, str]) -> httpx.Response:
        if path == "products/count" and not self.counts_numbers:
            query = {name: value for name, value in query.items() if name != "since_product_no"}
        return super()._told(path, query)

    def _listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        after = bisect_right(self._numbers, int(query.get("since_product_no", "0")))
        end = after + int(query["limit"]) if "limit" in query else None
        return [self.products[number] for number in self._numbers[after:end]]


def mall_of(numbers: list[int], **ways: Any) -> LimitedMall:
    """Return a mall of products with these numbers."""
    return LimitedMall({number: product(number) for number in numbers}, **ways)


def read_all(mall: LimitedMall, *, programs: int = 1) -> float:
    """Read the whole mall with each program's own governor; return the seconds it took.

    Counted from when the first program begins to when the last has met every product.
    """

    async def read() -> None:
        async with mall.api(
            pace=Pace(clock=asyncio.get_running_loop().time), sleep=asyncio.sleep
        ) as api:
            met: list[int] = []
            reading = Reading(
                api,
                Listing(),
                [Span()],
                expected=lambda: read_count(api, Listing()),
                may_split=True,
            )
            await reading.into(
                lambda pages, *_: met.extend(
                    one["product_no"] for page in pages for one in page.records
                )
            )
            assert reading.is_proven
            assert sorted(met) == sorted(mall.products)

    async def read_by_all() -> float:
        await asyncio.gather(*(read() for _ in range(programs)))
        return asyncio.get_running_loop().time()

    return float(in_no_time(read_by_all()))
