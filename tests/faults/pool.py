"""The workers of the bench: forked from the warm parent, each with servers of its own."""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from cafe24.tokens.timing import Timing
from tests.faults.servers import end_with_parent, start_servers
from tests.faults.short_times import TIMING, shorten
from tests.faults.street import Street

Job = TypeVar("Job")
Result = TypeVar("Result")

_streets: list[Street] = []


def in_short_times(
    workers: int, work: Callable[[Street, Job], Result], jobs: Iterable[Job]
) -> Iterator[Result]:
    """Have every job done by keepers whose lease and settling take seconds."""
    return _done(workers, TIMING, work, jobs)


def in_usual_times(
    workers: int, work: Callable[[Street, Job], Result], jobs: Iterable[Job]
) -> Iterator[Result]:
    """Have every job done by keepers as they are in a shop."""
    return _done(workers, Timing(), work, jobs)


def _done(
    workers: int, timing: Timing, work: Callable[[Street, Job], Result], jobs: Iterable[Job]
) -> Iterator[Result]:
    listed = list(jobs)
    fork = multiprocessing.get_context("fork")
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        fork.Pool(min(workers, len(listed)), _move_in, (timing, Path(folder))) as pool,
    ):
        begun = time.monotonic()
        tasks = ((work, job) for job in listed)
        for number, result in enumerate(pool.imap_unordered(_work, tasks), 1):
            if number % 50 == 0:
                sys.stderr.write(f"  {number} of {len(listed)}, {time.monotonic() - begun:.0f} s\n")
            yield result


def _move_in(timing: Timing, folder: Path) -> None:
    end_with_parent()
    if timing == TIMING:
        shorten()
    _streets[:] = [Street(start_servers(), timing, folder)]


def _work(task: tuple[Callable[[Street, Job], Result], Job]) -> Result:
    work, job = task
    return work(_streets[0], job)
