"""`python -m benchmarks.load`: what a fleet costs, with Prefect and everything on one machine.

A sandbox of many malls, its Vault, PostgreSQL, Prefect's server on it, `manage.py setup`,
workers. Then the flows themselves, for every mall that Vault lists: refresh-tokens, against
the bare calls in as many processes; check-expiry; sync-products twice; and refreshes with and
without bad malls, in turns. Each is compared with what the sandbox knows to be true.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.load.world import Wanted, World, raised_world
from cafe24.errors import CafeError
from cafe24.fleet.shards import DIRECTLY

SIZES = {"skewed": "skewed", "small": "even"}
PHASES = ("refresh", "expiry", "sync", "again", "pairs")
Figures = dict[str, Any]


def measured(world: World, asked: argparse.Namespace) -> Iterator[tuple[str, Figures]]:
    """Yield the figures of each phase as soon as it is over."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - reads its settings now

    from benchmarks.load.fleet import Fleet  # noqa: PLC0415 - imports Prefect, as above
    from benchmarks.load.phases import Bench  # noqa: PLC0415 - as above
    from benchmarks.load.runs import Runs  # noqa: PLC0415 - as above

    fleet = Fleet(world)
    fleet.connect()
    snapshot = fleet.snapshot()
    client = world.stage.stack.enter_context(get_client(sync_client=True))
    chosen = {"shard_size": asked.shard_size, "at_once": asked.at_once}
    how = {name: number for name, number in chosen.items() if number is not None}
    bench = Bench(world, fleet, Runs(client, world.engine), how, asked.patience)
    phases: dict[str, Callable[[], Figures]] = {
        "refresh": bench.refreshed,
        "expiry": bench.checked,
        "sync": bench.synced,
        "again": bench.synced,
        "pairs": lambda: bench.beside_bad_ones(asked.pairs, asked.bad_share, snapshot, _say),
    }
    for name in asked.phases:
        yield name, phases[name]()


def main(words: Sequence[str] | None = None) -> int:
    """Measure; print each phase as it ends, and one JSON object where that was asked for."""
    asked = _asked(words)
    wanted = Wanted(asked.malls, asked.workers, SIZES[asked.sizes], asked.seed, asked.details)
    found: Figures = {}
    try:
        with raised_world(wanted) as world:
            for name, figures in measured(world, asked):
                found[name] = figures
                _say(f"{name}:")
                for what, figure in figures.items():
                    _say(f"  {what:22} {json.dumps(figure, ensure_ascii=False)}")
    except CafeError as failure:
        print(failure, file=sys.stderr)
        return failure.exit_code
    if asked.json:
        load = round(os.getloadavg()[0] / (os.cpu_count() or 1), 1)
        print(json.dumps({**vars(asked), "load_per_core": load, "found": found}))
    return 0


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--malls", type=_fleet, default=1000, help="more than 100")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sizes", choices=SIZES, default="skewed")
    parser.add_argument("--details", type=int, default=0, help="calls for details, of each mall")
    parser.add_argument("--shard-size", type=int, help="malls a shard, if not the flows' own")
    parser.add_argument("--at-once", type=int, help="malls of a shard at a time, likewise")
    parser.add_argument("--bad-share", type=float, default=0.05)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--phases", type=_phases, default=PHASES, help=",".join(PHASES))
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds for one run")
    parser.add_argument("--seed", type=int, default=24)
    parser.add_argument("--json", action="store_true", help="at the end one JSON object on stdout")
    return parser.parse_args(words)


def _fleet(text: str) -> int:
    if text.isdecimal() and int(text) > DIRECTLY:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} malls are no fleet: more than {DIRECTLY}")


def _phases(text: str) -> list[str]:
    if not set(named := text.split(",")) <= set(PHASES):
        raise argparse.ArgumentTypeError(f"{text!r} are no phases: {','.join(PHASES)}")
    return named


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
