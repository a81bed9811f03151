"""The governor: Cafe24's limits are met without one 429, and used up to the brim."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from cafe24.api.pace import Pace
from cafe24.api.pages import Listing, Page
from cafe24.products.ranges import Span
from cafe24.products.reading import Reading
from tests.small_mall import MALL, SmallMall, in_no_time, product, refused, told


@dataclass
class LimitedMall(SmallMall):
    """A small mall with Cafe24's bucket, which leaks on the loop's clock."""

    leaks_by_the_second: bool = False
    levels: dict[str, tuple[float, float]] = field(default_factory=dict)
    second: deque[float] = field(default_factory=deque)
    busiest_second: int = 0
    rejected: int = 0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        now = asyncio.get_running_loop().time()
        self.second.append(now)
        while self.second[0] <= now - 1:
            self.second.popleft()
        self.busiest_second = max(self.busiest_second, len(self.second))
        used = self._fill(request.url.path, now)
        if used > 40:
            self.rejected += 1
            return refused(429, "Too Many Requests", **{"X-Api-Call-Limit": "40/40"})
        response = await super().answer(request)
        response.headers["X-Api-Call-Limit"] = f"{used}/40"
        return response

    def _fill(self, path: str, now: float) -> int:
        level, at = self.levels.get(path, (0.0, now))
        passed = int(now) - int(at) if self.leaks_by_the_second else now - at
        level = max(0.0, level - 2.0 * passed) + 1.0
        if level <= 40:
            self.levels[path] = level, now
        return -int(-level // 1)


def _read_all(mall: SmallMall) -> float:
    async def read() -> float:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time)
        async with mall.api(pace=pace, sleep=asyncio.sleep) as api:
            counted = len(mall.products)
            reading = Reading(api, Listing(), [Span()], expected=counted, may_split=True)
            await reading.into(lambda *_: None)
            assert reading.is_proven
            return loop.time()

    return float(in_no_time(read()))
