"""`python -m benchmarks.keeper`: refreshes per second, against the same calls with nothing around.

One process keeps many malls in an own prefix of the sandbox's Vault. Each round refreshes a
batch of malls through the whole protocol, then makes the very same HTTP calls by the same
clients for another batch of the same size; the rounds alternate, so that a busy machine
slows both. The floor's calls are not guessed: they are those that one refresh was seen to
make.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.keeper_floor import Calls, Floor
from benchmarks.malls import World
from benchmarks.sandbox import started
from cafe24.malls import MallId

GOAL = 0.6
LONG_PATH = 5


def rate(work: Callable[[MallId], None], malls: list[MallId], threads: int) -> float:
    """Return how many malls a second the work is done for."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, malls))
    return len(malls) / (time.perf_counter() - began)


def seen_calls(world: World) -> dict[str, Calls]:
    """Return the calls of one refresh and of one read of a fresh token, the keys once read."""
    first, second = world.malls[:2]
    world.refresh(first)
    found = {"refresh": Calls(), "read": Calls()}
    for name, mall in (("refresh", second), ("read", second)):
        with found[name].watching():
            getattr(world, name)(mall)
    return found


def measured(world: World, rounds: int, threads: int) -> dict[str, Any]:
    """Return both rates, their share, and the calls of one refresh."""
    calls = seen_calls(world)
    vault = world.keeper.store.vault.session.client()
    seen = calls["refresh"].of_any_mall(world.malls[1])
    floor = Floor(vault, world.sandbox.mall, seen, world.sandbox.refresh_tokens(world.malls))
    pairs = []
    for number in range(rounds):
        works = [world.refresh, floor.refresh]
        order = works if number % 2 else works[::-1]
        rates = {work: rate(work, world.malls, threads) for work in order}
        pairs.append((rates[works[0]], rates[works[1]]))
    floor.close()
    read = calls["read"]
    return {
        "malls": len(world.malls),
        "threads": threads,
        "rounds": rounds,
        "refreshes_per_s": round(statistics.median(ours for ours, _ in pairs), 1),
        "floor_per_s": round(statistics.median(least for _, least in pairs), 1),
        "share": round(statistics.median(ours / least for ours, least in pairs), 3),
        "goal": GOAL,
        "vault_calls_per_refresh": len(calls["refresh"].vault),
        "vault_calls": Counter(_kind(method, path) for method, path, _ in calls["refresh"].vault),
        "mall_calls_per_refresh": calls["refresh"].mall,
        "vault_calls_per_read": len(read.vault),
        "mall_calls_per_read": read.mall,
    }


def _kind(method: str, path: str) -> str:
    parts = path.split("/")
    return f"{method} {parts[3]}/{parts[5] if len(parts) > LONG_PATH else parts[-1]}"


def main() -> int:
    """Measure and print one line for a person and one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keeper", description=__doc__)
    parser.add_argument("--malls", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--threads", type=int, default=8)
    asked = parser.parse_args()
    with started(asked.malls) as sandbox, tempfile.TemporaryDirectory() as folder:
        world = World(sandbox, Path(folder) / "spill", asked.malls)
        found = measured(world, asked.rounds, asked.threads)
        world.keeper.close()
    print(
        f"{found['refreshes_per_s']} refreshes/s, floor {found['floor_per_s']}: "
        f"{found['share']:.0%} (goal {GOAL:.0%}); a refresh is "
        f"{found['vault_calls_per_refresh']} Vault calls and {found['mall_calls_per_refresh']} of "
        f"the mall, a read of a fresh token {found['vault_calls_per_read']} and "
        f"{found['mall_calls_per_read']}",
        file=sys.stderr,
    )
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
