"""The product tables as one sync uses them: every write holds the shop's lease."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from cafe24.api.pages import Page, number_of
from cafe24.database.engine import database_errors
from cafe24.database.version import check_version
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.cursor import Lease, Positions, Progress, take_lease
from cafe24.products.tables.intake import Sighting, sighting
from cafe24.products.tables.quarantine import (
    count_products,
    count_quarantined,
    quarantined_keys,
    release_unseen,
)
from cafe24.products.tables.rows import PRODUCT
from cafe24.products.tables.runs import SyncReport, finish_run, start_run
from cafe24.products.tables.stock import stock_of
from cafe24.products.tables.stored import living_records, of_shop
from cafe24.products.tables.writer import Tally, write_pages

Now = Callable[[], datetime]

MANY_NEW = 1000
"""New products of one run, from which on a look at all rows for each page would be felt."""


def utc_now() -> datetime:
    """Return this host's time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of a shop.

    Attributes:
        stored: rows without tombstones.
        missing: of these, the ones the mall does not list any more.
        outdated: of these, the ones whose newer record fits no row.
        only_quarantined: products of the mall that have no row at all.
    """

    stored: int
    missing: int
    outdated: int
    only_quarantined: int

    @property
    def expected_source(self) -> int:
        """What the mall must count if everything here is right."""
        return self.stored - self.missing + self.only_quarantined


class ProductDatabase:
    """The product tables of all malls."""

    def __init__(self, engine: Engine, *, now: Now = utc_now) -> None:
        self.engine = engine
        self._now = now

    def begin(self, shop: Shop) -> "OpenRun":
        """Take the shop's lease and write the run's first line.

        Raises:
            MallBusy: another sync holds the shop.
            DatabaseAway, DatabaseUnusable: nothing was begun; so also where the tables
                are older or newer than this code.
        """
        with database_errors(), self.engine.begin() as connection:
            check_version(connection)
            now = self._now()
            lease, progress = take_lease(connection, shop, now)
            run_id = start_run(connection, shop, now)
            quarantined = quarantined_keys(connection, shop)
        return OpenRun(self.engine, lease, progress, run_id, quarantined, self._now, now)


@dataclass(slots=True)
class OpenRun:
    """One run's hands on the tables.

    Attributes:
        engine: of the database.
        lease: the right to write this shop's rows.
        progress: how far the shop was when the run began.
        run_id: its row in sync_run.
        quarantined: keys of the records that are set aside.
        now: this host's clock.
        started_at: when it began.
        tally: what the pages written so far came to.
        deleted: how many products became tombstones.
    """

    engine: Engine
    lease: Lease
    progress: Progress
    run_id: int
    quarantined: set[str]
    now: Now
    started_at: datetime
    tally: Tally = field(default_factory=Tally)
    deleted: int = 0

    @property
    def shop(self) -> Shop:
        """Whose products they are."""
        return self.lease.shop

    @contextlib.contextmanager
    def writing(self, **cursor: Any) -> Iterator[tuple[Connection, Sighting]]:
        """Open a transaction that holds the lease and moves these columns of the cursor.

        Raises:
            MallBusy: another run took the shop over; nothing was written.
            DatabaseAway, DatabaseUnusable: nothing was written.
        """
        now = self.now()
        with database_errors(), self.engine.begin() as connection:
            self.lease.hold(connection, now, **cursor)
            yield connection, sighting(self.shop, self.run_id, now)

    def write_listed(self, pages: list[Page], unread: Positions, read_count: int) -> None:
        """Write pages of the whole list, and what is still unread, in one transaction."""
        with self.writing(unread=unread, read_count=read_count) as (connection, seen):
            tallies = self._write(connection, seen, pages, whole=True)
        self._add(tallies)

    def write_listed_again(self, pages: list[Page], _unread: Positions, _read_count: int) -> None:
        """Write pages of the whole list whose place in it is noted already."""
        with self.writing() as (connection, seen):
            tallies = self._write(connection, seen, pages, whole=True)
        self._add(tallies)

    def write_changed(self, pages: list[Page], _unread: Positions, _read_count: int) -> None:
        """Write pages of changed products. An interrupted pass over them is begun anew."""
        with self.writing() as (connection, seen):
            tallies = self._write(connection, seen, pages, whole=False)
        self._add(tallies)

    def move(self, **cursor: Any) -> None:
        """Move the cursor, or with nothing given only the lease."""
        with self.writing(**cursor):
            pass

    def write_stock(self, pages: list[Page], _unread: Positions, _read_count: int) -> None:
        """Write the stock that pages of the whole list tell, and nothing else of them."""
        with self.writing() as (connection, seen):
            stock = [self._stock(connection, page) for page in pages]
            tallies = self._write(connection, seen, stock, whole=False)
        self._add(tallies)

    def release_unseen(self) -> None:
        """Forget quarantined products that this run, which read everything, did not meet."""
        with self.writing() as (connection, _):
            release_unseen(connection, self.shop, self.started_at)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection to read with.

        Raises:
            DatabaseAway, DatabaseUnusable: nothing was read.
        """
        with database_errors(), self.engine.connect() as connection:
            yield connection

    def holdings(self) -> Holdings:
        """Count what is held."""
        with self.reading() as connection:
            living = of_shop(self.shop) & PRODUCT.c.deleted_at.is_(None)
            query = select(func.count(), func.count(PRODUCT.c.missing_since)).where(living)
            stored, missing = connection.execute(query.select_from(PRODUCT)).one()
            return Holdings(stored, missing, *count_products(connection, self.shop))

    def finish(self, report: SyncReport) -> None:
        """Count what is held, write the run's last line and let the next run in."""
        if report.stored is None:  # it ended before both sides were counted
            report.stored = self.holdings().stored
        with database_errors(), self.engine.begin() as connection:
            report.quarantined = count_quarantined(connection, self.shop)
            report.finished_at = self.now()
            finish_run(connection, self.run_id, report)
            self.lease.release(connection)

    def _write(
        self, connection: Connection, seen: Sighting, pages: list[Page], *, whole: bool
    ) -> list[Tally]:
        return write_pages(connection, seen, pages, self.quarantined, finds_missing=whole)

    def _stock(self, connection: Connection, page: Page) -> Page:
        held = living_records(connection, self.shop, {number_of(one) for one in page.records})
        return stock_of(page, held)

    def _add(self, tallies: list[Tally]) -> None:
        """Count what was committed."""
        were_new = self.tally.new
        for tally in tallies:
            self.tally.add(tally)
        if were_new < MANY_NEW <= self.tally.new:
            self._make_known()

    def _make_known(self) -> None:
        """Have PostgreSQL learn now what the tables hold; by itself it looks a minute later.

        Of a table, or a mall, that it knows nothing of it expects a single row, and takes
        any index for as good as the key: every page would look at all rows before it.
        Where another session is at it just then, that does as well.
        """
        if self.engine.dialect.name == "postgresql":
            with database_errors(), self.engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE (SKIP_LOCKED) product, product_variant")
