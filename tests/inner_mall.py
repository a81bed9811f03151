"""The sandbox mall inside the test's own process, over tables that can be put back.

Real calls of the real client, but no sockets: things happen between two calls, to
the call. What only a socket can do is raised as what the client would meet.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, event
from sqlmodel import SQLModel

from cafe24.api.client import MallApi
from cafe24.api.pace import Pace
from cafe24.database.engine import open_engine
from cafe24.database.migrate import upgrade
from cafe24.malls import MallId, mall_id
from cafe24.products.sync import sync_mall
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.tables.runs import SyncReport
from cafe24.secret import Secret
from cafe24.tokens.pair import AccessToken, Grant
from sandbox.mall.app import build_app
from sandbox.mall.catalogue.orders import carry_out
from sandbox.mall.mall import Stock
from sandbox.mall.oauth.registration import invent_registration
from sandbox.mall.switches import Limits
from sandbox.mall.world import World
from tests.expected_rows import assert_equal
from tests.small_mall import Clock

MALL = mall_id("samplemall")
SEED = 24

Happening = Callable[["InnerMall"], None]
Plan = Iterable[tuple[int, Happening]]
"""What happens just before which call of a sync, the first call being 1."""


class Killed(BaseException):
    """The process is no more: nothing that it would have done after this is seen."""


@dataclass
class InnerMall:
    """A mall, its tables, and one clock for both.

    Attributes:
        database: a SQLite file with the tables.
        engine: of that file.
        calls: what was called: path and query.
        snapshots: the file as it was after each transaction, while `keeps_snapshots`.
    """

    database: Path
    products: int = 14
    world: World = field(init=False)
    engine: Engine = field(init=False)
    calls: list[tuple[str, str]] = field(default_factory=list)
    snapshots: list[sqlite3.Connection] = field(default_factory=list)
    keeps_snapshots: bool = False
    scopes: tuple[str, ...] = ("mall.read_product",)
    wire: Any = field(init=False)

    def __post_init__(self) -> None:
        upgrade(f"sqlite:///{self.database}")
        self.engine = open_engine(f"sqlite:///{self.database}")
        event.listen(self.engine, "checkin", self._keep_snapshot)
        self.open_anew()

    def open_anew(self) -> None:
        """Be a fresh mall over empty tables."""
        self.world = World(invent_registration(SEED), Stock(SEED, self.products))
        self.mall.limits = Limits(is_off=True)
        self.mall.has_app = True
        self.wire = httpx.ASGITransport(build_app(self.world))
        with self.engine.begin() as connection:
            for table in SQLModel.metadata.sorted_tables:
                connection.execute(table.delete())

    @property
    def mall(self) -> Any:
        return self.world.find(MALL)

    @property
    def numbers(self) -> list[int]:
        """What the mall lists, odd records included."""
        return [one.birth.product_no for one in self.mall.catalogue]

    def order(self, **order: Any) -> dict[str, list[int]]:
        """Carry out an order as control does."""
        now_s = int(self.world.clock.now().timestamp())
        return carry_out(order, self.mall.catalogue, now_s, self.mall.chance)

    def fault(self, kind: str, on: str = "any", **how: Any) -> None:
        self.mall.faults.order([{"kind": kind, "on": on, **how}])

    def sync(self, plan: Plan = (), **options: Any) -> SyncReport:
        """Sync while things happen; then an hour passes."""
        self.calls.clear()
        happenings: dict[int, list[Happening]] = {}
        for call, happening in plan:
            happenings.setdefault(call, []).append(happening)
        clock = Clock()

        async def run() -> SyncReport:
            async with MallApi(
                MALL,
                f"http://127.0.0.1:1/{MALL}",
                _Tokens(self),
                pace=Pace(is_stand_in=True, clock=clock, sleep=clock.sleep),
                sleep=clock.sleep,
                transport=_Wire(self, happenings),
            ) as api:
                tables = ProductDatabase(self.engine, now=self._now)
                return await sync_mall(api, tables, **{"brake_share": 1.0, **options})

        try:
            return asyncio.run(run())
        finally:
            self.mall.faults.clear()
            self.world.clock.advance(timedelta(hours=1))

    def killed_sync(self, plan: Plan, at_call: int, **options: Any) -> None:
        """Sync, and be killed just before a call; if it has ended by then, it has."""
        left: list[sqlite3.Connection] = []

        def kill(_inner: InnerMall) -> None:
            left.append(self.snapshot())
            raise Killed

        try:
            self.sync([*plan, (at_call, kill)], **options)
        except Killed:
            self.put_back(left[0])

    def snapshot(self) -> sqlite3.Connection:
        """Return what a process that ends now leaves behind: all that is committed."""
        left = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(self.database)) as connection:
            connection.backup(left)
        return left

    def put_back(self, snapshot: sqlite3.Connection) -> None:
        """Make the tables what they were, with a lease whose holder is no more."""
        with closing(snapshot), closing(sqlite3.connect(self.database)) as connection:
            snapshot.backup(connection)
            connection.execute("UPDATE sync_cursor SET lease_until = '2000-01-01T00:00:00.000000Z'")
            connection.commit()

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    @property
    def held(self) -> list[int]:
        """Numbers of the products that are held and not deleted."""
        query = "SELECT product_no FROM product WHERE deleted_at IS NULL ORDER BY 1"
        return [number for (number,) in self.rows(query)]

    def assert_tables_equal_the_mall(self) -> None:
        sane = [one for one in self.mall.catalogue if one.odd_json is None]
        whole = [one.whole for one in sane]
        assert_equal(
            str(self.database), MALL, [{**record, "variants": found} for record, found in whole]
        )

    def _now(self) -> datetime:
        return self.world.clock.now().astimezone(UTC)

    def _keep_snapshot(self, *_: Any) -> None:
        if self.keeps_snapshots:
            self.snapshots.append(self.snapshot())


class _Wire(httpx.AsyncBaseTransport):
    """Lets things happen before each call, and dates the answers by the mall's clock."""

    def __init__(self, inner: InnerMall, happenings: dict[int, list[Happening]]) -> None:
        self._inner = inner
        self._happenings = happenings

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        inner = self._inner
        inner.calls.append((request.url.path, request.url.query.decode()))
        for happening in self._happenings.get(len(inner.calls), ()):
            happening(inner)
        response: httpx.Response = await inner.wire.handle_async_request(request)
        response.headers["Date"] = format_datetime(inner._now(), usegmt=True)
        return response


class _Tokens:
    """Issues an access token whenever one is asked for, as a keeper's refresh does."""

    def __init__(self, inner: InnerMall) -> None:
        self._inner = inner
        self._generation = 0

    def current(self, mall_id: MallId) -> AccessToken:
        self._generation += 1
        inner = self._inner
        pair = inner.mall.tokens.begin_family(inner.scopes, inner.world.clock.now(), "opaque")
        grant = Grant("sandbox", self._generation)
        return AccessToken(
            mall_id, Secret(pair.access.text), inner._now() + timedelta(days=1), grant
        )

    def renewed(self, mall_id: MallId, rejected: AccessToken) -> AccessToken:
        del rejected
        return self.current(mall_id)

    def uninstalled(self, mall_id: MallId, refused: AccessToken) -> None:
        del mall_id, refused
