"""What the world's processes weigh and how much CPU they spend, while something goes on."""

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping

import psutil

from benchmarks.load.figures import Weight, halves

EVERY_S = 2.0
HELPER = "cafe24.tokens.helper"
BENCH = "bench"
HELPERS = "helpers"
RUNS = "runs"
WORKERS = "workers"


class Watch:
    """Looks at the world's processes every other second until it is told to stop."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = {pid: name for name, pid in roots.items()}
        self._kinds: dict[psutil.Process, str] = {}
        self._weights: list[Weight] = []
        self._helpers: dict[psutil.Process, float] = {}
        self._began = time.monotonic()
        self._cpu = self._spent()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def end(self) -> "Watched":
        """Stop, and return what was seen."""
        self._is_over.set()
        self._thread.join()
        whole_s = time.monotonic() - self._began
        cpu = {name: spent - self._cpu[name] for name, spent in sorted(self._spent().items())}
        return Watched(halves(self._weights, whole_s), cpu, sum(self._helpers.values()))

    def _look_on(self) -> None:
        while not self._is_over.wait(EVERY_S):
            at_s = time.monotonic() - self._began
            for process, root in self._processes():
                with contextlib.suppress(psutil.Error):
                    kind = self._kind(process, root)
                    self._weights.append(Weight(at_s, kind, process.memory_info().rss / 1e6))
                    if kind == HELPERS:
                        times = process.cpu_times()
                        self._helpers[process] = times.user + times.system

    def _processes(self) -> Iterator[tuple[psutil.Process, int]]:
        """Yield every process of the world with the root that it descends from.

        A process that is a root itself is nobody's child: the bench started them all.
        """
        found = {one.pid: one for one in psutil.process_iter(["ppid"])}
        for pid, process in found.items():
            ancestor = pid
            while ancestor in found and ancestor not in self._roots:
                ancestor = found[ancestor].info["ppid"]
            if ancestor in self._roots:
                yield process, ancestor

    def _kind(self, process: psutil.Process, root: int) -> str:
        """Return what a process is: a worker's children are runs, and theirs are helpers."""
        name = self._roots[root]
        if not name.startswith("worker"):
            return name
        if process.pid == root:
            return WORKERS
        if process not in self._kinds:
            self._kinds[process] = HELPERS if HELPER in process.cmdline() else RUNS
        return self._kinds[process]

    def _spent(self) -> dict[str, float]:
        """Return the seconds of CPU of each part so far, of its ended processes too.

        The system adds what an ended process spent to the one that started it.
        """
        spent: dict[str, float] = defaultdict(float)
        for process, root in self._processes():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                own, ended = times.user + times.system, _of_ended(times)
                name = self._roots[root]
                if name.startswith("worker"):
                    spent[WORKERS if process.pid == root else RUNS] += own
                    spent[RUNS] += ended
                else:
                    spent[name] += own + ended
        return spent


class Watched:
    """What was seen of the processes.

    Attributes:
        memory: the heaviest process of each kind, 10^6 bytes, in each half of the time.
        cpu_s: by part; `runs` are the flow runs with their helpers.
        helpers_cpu_s: the helpers' part of it, up to the last look at each.
    """

    def __init__(
        self, memory: dict[str, dict[str, float]], cpu_s: Mapping[str, float], helpers_cpu_s: float
    ) -> None:
        self.memory = memory
        self.cpu_s = {name: round(seconds, 2) for name, seconds in cpu_s.items()}
        self.helpers_cpu_s = round(helpers_cpu_s, 2)

    @property
    def whole_cpu_s(self) -> float:
        """What everything spent but the bench itself."""
        return sum(seconds for name, seconds in self.cpu_s.items() if name != BENCH)


def _of_ended(times: object) -> float:
    """Return what ended children spent; macOS tells nothing of them."""
    return float(getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0))
