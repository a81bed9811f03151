"""A Prefect server and a worker as processes of their own, to be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

import httpx

from cafe24.settings import PROJECT
from tests.integration.surroundings import Prefect
from tests.waiting import first_true

PATIENCE_S = 120.0
POLL_S = 0.2

# The server's own watchmen, in seconds instead of minutes; what they do is the same.
BRISK = {
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_FOREMAN_INACTIVITY_HEARTBEAT_MULTIPLE": "4",
    "PREFECT_WORKER_HEARTBEAT_SECONDS": "5",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
}

T = TypeVar("T")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class OwnPrefect:
    """A server in a home of its own, which outlives the server; and its worker."""

    home: Path
    port: int = field(default_factory=_free_port)
    _server: subprocess.Popen[bytes] | None = None
    _workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return (self.home / "server.log").read_text(encoding="utf-8", errors="replace")

    def gave_up(self, word: str) -> bool:
        """Tell whether the server gave up an event with this word: tried four times, then kept."""
        kept = (self.home / "dlq").glob("*")
        return any(word in file.read_text(encoding="utf-8") for file in kept)

    def start_server(self) -> None:
        self._server = self._started(
            "server", "server", "start", "--no-ui", "--port", str(self.port)
        )
        answered(lambda: _is_healthy(self.api_url))

    def kill_server(self) -> None:
        assert self._server
        _kill(self._server)

    def start_worker(self, name: str = "worker", *options: str) -> None:
        """Start a worker; the pool is ready as soon as one has reported."""
        words = ("worker", "start", "--pool", "cafe24", "--name", name, *options)
        self._workers[name] = self._started(name, *words)
        with self.client() as prefect:
            answered(lambda: prefect.sent("GET", "/work_pools/cafe24").json()["status"] == "READY")

    def kill_worker(self, name: str = "worker") -> None:
        """Kill the worker and its runs, each in a session of its own; not their helpers."""
        worker = self._workers[name]
        runs = _children(worker.pid)
        _kill(worker)
        for run in runs:
            with suppress(ProcessLookupError):
                os.killpg(run, signal.SIGKILL)

    def stop(self) -> None:
        for process in (*self._workers.values(), self._server):
            if process:
                _kill(process)

    def client(self) -> "_Client":
        return _Client(httpx.Client(base_url=self.api_url, timeout=30))

    def _started(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        own = {
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_URL": self.api_url,
            "PREFECT_UI_URL": f"http://127.0.0.1:{self.port}",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            **BRISK,
        }
        with (self.home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "prefect", *words],
                cwd=PROJECT,
                env={**os.environ, **own},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def write_project(folder: Path, *shorter: tuple[int, int]) -> None:
    """Write the project's two files for setup, with a shorter time for each of these."""
    rules = (PROJECT / "automations.yaml").read_text(encoding="utf-8")
    for usual_s, short_s in shorter:
        usual = f"within: {usual_s}\n"
        assert rules.count(usual) == 1
        rules = rules.replace(usual, f"within: {short_s}\n")
    (folder / "automations.yaml").write_text(rules, encoding="utf-8")
    deployments = (PROJECT / "prefect.yaml").read_text(encoding="utf-8")
    deployments = deployments.replace("{{ $PWD }}", str(PROJECT))
    (folder / "prefect.yaml").write_text(deployments, encoding="utf-8")


class _Client(Prefect):
    """Prefect's API, closed at the end of a `with`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.api.close()


def answered(found: Callable[[], T]) -> T:
    """Return the first true thing that `found` gives, or fail; the machine may be busy."""
    return first_true(found, PATIENCE_S)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it started in its session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def _children(parent: int) -> list[int]:
    """Return the processes that this one started and that live, by their ids."""
    told = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="],  # as POSIX has it
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = (line.split() for line in told.stdout.splitlines())
    return [int(pid) for pid, ppid in pairs if int(ppid) == parent]


def _is_healthy(api_url: str) -> bool:
    try:
        return httpx.get(f"{api_url}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False
