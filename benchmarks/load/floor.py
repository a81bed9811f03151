"""The least that a fleet's refreshes cost: the bare calls, by one process for each worker."""

import multiprocessing
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from benchmarks.keeper_floor import Calls, Floor, VaultCall
from benchmarks.malls import World, benchmark_tokens
from benchmarks.sandbox import Sandbox
from cafe24.malls import MallId

THREADS = 8
"""Calls under way in each process; more were no faster when two cores did everything."""

START_S = 120.0

Ready = dict[str, Any]


def floor_per_s(sandbox: Sandbox, names: Sequence[str], processes: int, spills: Path) -> float:
    """Return how many refreshes a second the bare calls come to, in so many processes."""
    seen = _calls_of_one(sandbox, spills)
    tokens = sandbox.refresh_tokens(names)
    spawn = multiprocessing.get_context("spawn")
    start, took = spawn.Barrier(processes), spawn.Queue()
    working = [
        spawn.Process(
            target=_spend,
            args=(sandbox.vault, sandbox.mall, spills, seen, _part(tokens, place, processes)),
            kwargs={"start": start, "took": took},
        )
        for place in range(processes)
    ]
    for process in working:
        process.start()
    slowest: float = max(took.get() for _ in working)
    for process in working:
        process.join()
    return len(names) / slowest


def _calls_of_one(sandbox: Sandbox, spills: Path) -> list[VaultCall]:
    """Return Vault's calls of one refresh, as it was seen to make them, the keys once read."""
    world = World(sandbox, spills, 2)
    calls = Calls()
    try:
        world.refresh(world.malls[0])
        with calls.watching():
            world.refresh(world.malls[1])
    finally:
        world.keeper.close()
    return calls.of_any_mall(world.malls[1])


def _part(tokens: Mapping[str, str], place: int, of: int) -> dict[str, str]:
    return dict(list(tokens.items())[place::of])


def _spend(  # noqa: PLR0913 - what a process is given
    vault: Ready,
    mall: Ready,
    spills: Path,
    seen: Sequence[VaultCall],
    tokens: dict[str, str],
    *,
    start: Barrier,
    took: "Queue[float]",
) -> None:
    """Refresh each mall once, in a process of its own; all begin together."""
    client = benchmark_tokens(vault, mall, spills).store().vault.session.client()
    floor = Floor(client, mall, seen, tokens)
    start.wait(START_S)
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(floor.refresh, map(MallId, list(tokens))))
    took.put(time.perf_counter() - began)
    floor.close()
