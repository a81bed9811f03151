"""`python -m benchmarks.sync`: one sync of a mall into a database, and what it cost.

The core code that the flow and `manage.py sync` run, with a fixed access token: no Prefect,
no Vault, no details. The database gets its tables and a connection before the clock starts.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass

import anyio
from sqlalchemy import Engine

from cafe24.api.auth import FixedToken
from cafe24.api.client import MallApi
from cafe24.database.engine import open_engine
from cafe24.database.migrate import upgrade
from cafe24.errors import CafeError
from cafe24.malls import mall_id, trusted_api_url
from cafe24.products.mode import WantedMode
from cafe24.products.sync import sync_mall
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.tables.runs import SyncReport
from cafe24.secret import Secret


@dataclass(frozen=True, slots=True)
class Cost:
    """What a sync came to. Seconds, and for memory 10^6 bytes.

    Attributes:
        products: held at the end.
        calls: to the mall; `rejected_429` of them met a full bucket.
        wait_s: no call was made on purpose.
        cpu_s: of this process.
        peak_rss_mb: of this process, since its start.
    """

    mode: str
    outcome: str
    products: int
    new: int
    changed: int
    calls: int
    rejected_429: int
    wait_s: float
    wall_s: float
    cpu_s: float
    peak_rss_mb: float


def measured(
    api: MallApi, database: ProductDatabase, mode: WantedMode, *, with_variants: bool
) -> Cost:
    """Sync once, by the clock.

    Raises:
        CafeError: as `sync_mall`.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    report = asyncio.run(_synced(api, database, mode, with_variants=with_variants))
    return Cost(
        mode=report.mode or mode,
        outcome=report.outcome,
        products=report.stored or 0,
        new=report.new,
        changed=report.changed,
        calls=report.calls,
        rejected_429=report.rejected_429,
        wait_s=report.wait_s,
        wall_s=round(time.perf_counter() - wall, 3),
        cpu_s=round(time.process_time() - cpu, 3),
        peak_rss_mb=peak_rss_mb(),
    )


async def _synced(
    api: MallApi, database: ProductDatabase, mode: WantedMode, *, with_variants: bool
) -> SyncReport:
    async with api:
        return await sync_mall(api, database, mode=mode, with_variants=with_variants)


def peak_rss_mb() -> float:
    """Return the most memory that this process has held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Declare where the products come from and where they go."""
    parser.add_argument("--api-url", required=True, help="such as http://127.0.0.1:8924/{mall_id}")
    parser.add_argument("--mall", required=True, metavar="NAME")
    parser.add_argument("--access-token", required=True, metavar="TOKEN")
    parser.add_argument("--database", required=True, metavar="URL")
    parser.add_argument("--without-variants", action="store_true", help="products alone")


def main() -> int:
    """Sync and print what it cost: a line for a person, or one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__)
    add_place(parser)
    parser.add_argument("--incremental", action="store_true", help="only what changed")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    try:
        cost = _run(asked)
    except CafeError as failure:
        print(failure, file=sys.stderr)
        return failure.exit_code
    print(json.dumps(asdict(cost)) if asked.json else _line(cost))
    return 0 if cost.outcome == "synced" else 1


def _run(asked: argparse.Namespace) -> Cost:
    mall = mall_id(asked.mall)
    url = trusted_api_url(asked.api_url, mall, ())
    api = MallApi(mall, url, FixedToken(Secret(asked.access_token)))
    upgrade(asked.database)
    engine = open_engine(asked.database)
    try:
        mode: WantedMode = "incremental" if asked.incremental else "full"
        has_variants = not asked.without_variants
        _make_ready(engine)
        return measured(api, ProductDatabase(engine), mode, with_variants=has_variants)
    finally:
        engine.dispose()


def _make_ready(engine: Engine) -> None:
    """Connect, and load what httpx loads late: the floor has done both when its clock starts."""
    with engine.connect():
        anyio.run(anyio.sleep, 0)


def _line(cost: Cost) -> str:
    return (
        f"{cost.mode} sync, {cost.outcome}: {cost.products} products held, {cost.new} new, "
        f"{cost.changed} changed; {cost.calls} calls ({cost.rejected_429} rejected), "
        f"{cost.wait_s:.1f} s waited; {cost.wall_s:.2f} s, {cost.cpu_s:.2f} s of CPU, "
        f"at most {cost.peak_rss_mb:.0f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
