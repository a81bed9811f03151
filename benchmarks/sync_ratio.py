"""`python -m benchmarks.sync_ratio`: what a sync costs, as a multiple of the least it can cost.

The sandbox's mall without its limits. Each figure is the median of several rounds; in each
round our sync and the floor run one after the other, every one in a process of its own, so
that a busy machine slows both.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.sandbox import serving
from tests.postgres_server import running_postgres_server

MALL = "samplemall"
GOALS = {"wall_s": 2.0, "cpu_s": 2.5}
CHANGED_SHARE = 0.01

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mall:
    """The sandbox's mall, and how a benchmark is told where it is."""

    ready: dict[str, Any]
    control: httpx.Client
    has_variants: bool

    def ours(self, database: str, *more: str) -> Figures:
        """Sync, and return what it cost."""
        return self._measure("sync", database, "--json", *more)

    def floor(self, database: str, *more: str) -> Figures:
        """Download and insert the same, and return what it cost."""
        return self._measure("sync_floor", database, *more)

    def now(self) -> str:
        """Return the mall's time."""
        clock = self.control.get("clock").raise_for_status().json()
        return str(clock["now"])

    def change(self, count: int) -> None:
        """Have that many products change, with a date of today."""
        self.control.post(f"malls/{MALL}/products", json={"change": count}).raise_for_status()

    def _measure(self, program: str, database: str, *more: str) -> Figures:
        """Run one of the benchmarks in a process of its own.

        Raises:
            subprocess.CalledProcessError: it failed, having said why.
        """
        pair = self.control.post(f"malls/{MALL}/pair").raise_for_status().json()
        place = {
            "--api-url": self.ready["api_url"],
            "--mall": MALL,
            "--access-token": pair["access_token"],
            "--database": database,
        }
        command = [sys.executable, "-m", f"benchmarks.{program}"]
        command += [word for option in place.items() for word in option]
        command += [*more, *([] if self.has_variants else ["--without-variants"])]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - our own
        found: Figures = json.loads(done.stdout)
        return found


Databases = Callable[[], contextlib.AbstractContextManager[str]]
"""Makes an empty database and yields its address."""


def one_round(
    databases: Databases, products: int, *, has_variants: bool
) -> dict[str, tuple[Figures, Figures]]:
    """Return what our sync and the floor cost: a first read, and one of what changed.

    The read between the two, of nothing, has no floor but its calls.
    """
    with (
        opened_mall(products, has_variants=has_variants) as mall,
        databases() as ours,
        databases() as floor,
    ):
        found = {"first read": (mall.ours(ours), mall.floor(floor))}
        found["nothing changed"] = (mall.ours(ours, "--incremental"), {})
        since = mall.now()
        mall.change(int(products * CHANGED_SHARE))
        after = mall.floor(floor, "--updated-since", since)
        found["1 % changed"] = (mall.ours(ours, "--incremental"), after)
    return found


@contextlib.contextmanager
def opened_mall(products: int, *, has_variants: bool) -> Iterator[Mall]:
    """Start a mall without limits, none of whose products changed today."""
    with (
        serving("mall", "--product-count", str(products)) as ready,
        httpx.Client(base_url=f"{ready['url']}/__sandbox__/", timeout=60) as control,
    ):
        control.post("limits", json={"is_off": True}).raise_for_status()
        yield Mall(ready, control, has_variants)


def ratios(pairs: list[tuple[Figures, Figures]]) -> Figures:
    """Return the medians of ours, and by how much they exceed the floor's."""
    ours = {name: statistics.median(one[name] for one, _ in pairs) for name in pairs[0][0]}
    return {
        **{name: ours[name] for name in ("products", "calls", "wall_s", "cpu_s", "peak_rss_mb")},
        **{
            f"{name[:-2]}_ratio": round(
                statistics.median(one[name] / floor[name] for one, floor in pairs), 2
            )
            for name in GOALS
            if pairs[0][1]
        },
    }


@contextlib.contextmanager
def sqlite_file() -> Iterator[str]:
    """Name a file in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/benchmark.sqlite"


@contextlib.contextmanager
def postgresql() -> Iterator[Databases]:
    """Start a server, and yield what makes databases on it.

    Its autovacuum wakes as often as PostgreSQL's does by default: the tests' wakes every second,
    and would analyze our tables, which we commit page by page, and none of the floor's.
    """
    with running_postgres_server() as server:
        server.run("ALTER SYSTEM SET autovacuum_naptime = '1min'")
        server.run("SELECT pg_reload_conf()")

        @contextlib.contextmanager
        def database() -> Iterator[str]:
            with server.database(migrated=False) as name:
                yield server.url(name)

        yield database


def main() -> int:
    """Measure and print a line for each figure, and one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync_ratio", description=__doc__)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found: dict[str, Figures] = {}
    with postgresql() as on_postgresql:
        for kind, databases in (("SQLite", sqlite_file), ("PostgreSQL", on_postgresql)):
            for has_variants in (False, True):
                of_what = "products and variants" if has_variants else "products"
                done = [
                    one_round(databases, asked.products, has_variants=has_variants)
                    for _ in range(asked.rounds)
                ]
                for what in done[0]:
                    name = f"{kind}, {of_what}, {what}"
                    found[name] = ratios([one[what] for one in done])
                    print(f"{name}: {_line(found[name])}", file=sys.stderr)
    print(json.dumps({"goals": GOALS, "found": found}))
    return 0


def _line(figures: Figures) -> str:
    text = f"{figures['calls']:.0f} calls, {figures['wall_s']:.2f} s"
    if "wall_ratio" in figures:
        text += (
            f", {figures['wall_ratio']:.2f} times the floor's "
            f"(CPU {figures['cpu_ratio']:.2f} times)"
        )
    return f"{text}, at most {figures['peak_rss_mb']:.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
