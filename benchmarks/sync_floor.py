"""`python -m benchmarks.sync_floor`: the least that a first full sync can cost.

The fastest that is simple: one thread downloads page after page, the other inserts the
records into one table and their variants into another, every field as it came beside the
record's JSON; one transaction, no limit kept, nothing checked, nothing compared.
"""

import argparse
import json
import queue
import sqlite3
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import orjson
import psycopg

from benchmarks.sync import add_place, peak_rss_mb
from cafe24.database.engine import checked_database_url
from cafe24.malls import api_url, mall_id

Page = list[dict[str, Any]]

PAGE_SIZE = 100
PAGES_AHEAD = 8
KEYS = {"floor_product": "product_no", "floor_variant": "variant_code"}


@dataclass(frozen=True, slots=True)
class FloorCost:
    """What it cost; the fields mean what they mean in `benchmarks.sync`."""

    products: int
    calls: int
    wall_s: float
    cpu_s: float
    peak_rss_mb: float


class Download:
    """Pages of a mall, read by a thread of its own while the last one is written.

    Args:
        base_url: of the mall.
        token: an access token.
        query: what the list is asked for besides.
    """

    def __init__(self, base_url: str, token: str, query: dict[str, str]) -> None:
        self.calls = 0
        self._url = urlsplit(base_url)
        self._query = {"limit": PAGE_SIZE, **query}
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._waiting: queue.Queue[Page] = queue.Queue(PAGES_AHEAD)

    def pages(self) -> Iterator[Page]:
        """Yield every page."""
        thread = threading.Thread(target=self._read_all, daemon=True)
        thread.start()
        while page := self._waiting.get():
            yield page
        thread.join()

    def _read_all(self) -> None:
        since = 0
        with closing(HTTPConnection(self._url.netloc)) as connection:
            while page := self._read(connection, since):
                self._waiting.put(page)
                since = page[-1]["product_no"]
                if len(page) < PAGE_SIZE:
                    break
        self._waiting.put([])

    def _read(self, connection: HTTPConnection, since: int) -> Page:
        query = urlencode({**self._query, "since_product_no": since})
        path = f"{self._url.path}/api/v2/admin/products?{query}"
        connection.request("GET", path, headers=self._headers)
        self.calls += 1
        page: Page = orjson.loads(connection.getresponse().read())["products"]
        return page


class Table:
    """A table that takes every field of the first record as text, and the record's JSON."""

    def __init__(self, name: str, first: dict[str, Any]) -> None:
        self.name = name
        self.columns = (*first, "raw")

    def rows(self, records: Iterable[dict[str, Any]]) -> list[list[Any]]:
        """Return a row for each record."""
        names = self.columns[:-1]
        return [[*map(_plain, map(one.get, names)), orjson.dumps(one).decode()] for one in records]


class Sqlite:
    """A SQLite file."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file)
        for pragma in ("page_size=16384", "journal_mode=WAL", "synchronous=NORMAL"):
            self._connection.execute(f"PRAGMA {pragma}")

    def make(self, table: Table, key: str) -> None:
        """Make the table anew."""
        columns = ", ".join(f'"{name}"' for name in table.columns)
        self._connection.execute(f"DROP TABLE IF EXISTS {table.name}")
        self._connection.execute(f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY ({key}))")

    def insert(self, table: Table, records: Iterable[dict[str, Any]]) -> None:
        """Write the records."""
        marks = ", ".join("?" for _ in table.columns)
        order = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608 - of our own names
        self._connection.executemany(order, table.rows(records))

    def commit(self) -> None:
        """Keep what was written, and end."""
        self._connection.commit()
        self._connection.close()


class Postgresql:
    """A PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)

    def make(self, table: Table, key: str) -> None:
        """Make the table anew."""
        columns = ", ".join(f'"{name}" text' for name in table.columns)
        self._execute(f"DROP TABLE IF EXISTS {table.name}")
        self._execute(f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY ({key}))")

    def insert(self, table: Table, records: Iterable[dict[str, Any]]) -> None:
        """Write the records."""
        order = cast("Any", f"COPY {table.name} FROM STDIN")
        with self._connection.cursor().copy(order) as copy:
            for row in table.rows(records):
                copy.write_row(row)

    def commit(self) -> None:
        """Keep what was written, and end."""
        self._connection.commit()
        self._connection.close()

    def _execute(self, statement: str) -> None:
        self._connection.execute(cast("Any", statement))


def measured(download: Download, database: Sqlite | Postgresql) -> FloorCost:
    """Read and write everything, by the clock."""
    wall, cpu, products = time.perf_counter(), time.process_time(), 0
    tables: dict[str, Table] = {}
    for page in download.pages():
        variants = [one for product in page for one in product.pop("variants", None) or ()]
        for name, records in (("floor_product", page), ("floor_variant", variants)):
            if not records:
                continue
            if name not in tables:
                tables[name] = Table(name, records[0])
                database.make(tables[name], KEYS[name])
            database.insert(tables[name], records)
        products += len(page)
    database.commit()
    return FloorCost(
        products=products,
        calls=download.calls,
        wall_s=round(time.perf_counter() - wall, 3),
        cpu_s=round(time.process_time() - cpu, 3),
        peak_rss_mb=peak_rss_mb(),
    )


def _plain(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value


def main() -> int:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync_floor", description=__doc__)
    add_place(parser)
    parser.add_argument("--updated-since", metavar="TIME", help="only what changed since then")
    asked = parser.parse_args()
    query = {} if asked.without_variants else {"embed": "variants"}
    if asked.updated_since:
        query |= {"updated_start_date": asked.updated_since, "updated_end_date": "2099-12-31"}
    url = api_url(asked.api_url, mall_id(asked.mall))
    database = _opened(asked.database)
    print(json.dumps(asdict(measured(Download(url, asked.access_token, query), database))))
    return 0


def _opened(address: str) -> Sqlite | Postgresql:
    url = checked_database_url(address)
    if url.get_backend_name() == "sqlite":
        return Sqlite(url.database or "")
    return Postgresql(url.set(drivername="postgresql").render_as_string(hide_password=False))


if __name__ == "__main__":
    sys.exit(main())
