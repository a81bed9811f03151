"""Everything the story plays on: three sandbox servers, Prefect's server and a worker.

All on loopback and free ports, with a home folder of their own, in process
groups of their own that end with the stage. Nothing of the user's is read or
touched: the settings in the environment are set aside.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from cafe24.errors import PrefectAway, UsageError
from cafe24.setting_names import LEGACY, PREFIX
from cafe24.settings import PROJECT, Settings

SERVER_START_S = 120.0
STOP_S = 10.0


@dataclass
class Stage:
    """The running world, and the folder it lives in.

    Attributes:
        is_lasting: whether the folder stays when the world ends.
    """

    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="cafe24-demo-")))
    is_lasting: bool = False
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    orphanages: list[int] = field(default_factory=list)
    """Process groups whose leader was killed; what it started may still run."""
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    """What the story opened; closed before the processes end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _undisturbed():
            self.stack.close()
            for name in reversed(list(self.processes)):
                self.stop(name)
            for group in self.orphanages:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
            if not self.is_lasting:
                shutil.rmtree(self.home, ignore_errors=True)

    def environment(self, **ours: str) -> dict[str, str]:
        """Return a process's environment: the user's without any setting, and ours."""
        names = {*Settings.names(), *LEGACY}
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in names and not name.startswith((PREFIX, "PREFECT_", "VAULT_"))
        }
        return {**inherited, **ours}

    def start_sandbox(self, part: str, *options: str) -> dict[str, Any]:
        """Start one of the sandbox's servers; return what it says when it is ready.

        Raises:
            UsageError: it refuses, for instance a file it cannot read.
        """
        process = self._start(
            f"sandbox {part}",
            [sys.executable, "-m", "sandbox", part, "--port", "0", *options],
            self.environment(),
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise UsageError(self.last_words(f"sandbox {part}"), "See: make demo ARGS=--help")
        ready: dict[str, Any] = json.loads(line)
        return ready

    def start_prefect(self, environment: Mapping[str, str], port: int) -> None:
        """Start Prefect's server and wait until it answers.

        Raises:
            PrefectAway: it does not answer in time.
        """
        shutil.copy(PROJECT / "prefect.toml", self.home)  # read in the folder it starts in
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
        process = self._start(
            "prefect server", [*command, "--port", str(port)], environment, folder=self.home
        )
        until = time.monotonic() + SERVER_START_S
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=2)
                if answer.is_success:
                    return
            time.sleep(0.2)
        raise PrefectAway(
            f"Prefect's server did not start: {self.last_words('prefect server')}",
            "Run it again; if it stays, send this line along.",
        )

    def start_worker(self, environment: Mapping[str, str], name: str = "prefect worker") -> None:
        """Start a worker for the pool `cafe24`; further ones by a `name` of their own."""
        command = [sys.executable, "-m", "prefect", "worker", "start"]
        options = ["--pool", "cafe24", "--type", "process"]
        self._start(name, [*command, *options], environment, folder=self.home)

    def kill(self, name: str) -> None:
        """Kill one process, but not its children: a worker's runs go on."""
        process = self.processes.pop(name)
        self.orphanages.append(process.pid)
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        """End one process and everything it started."""
        process = self.processes.pop(name)
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=STOP_S)
        if process.stdout is not None:
            process.stdout.close()

    def last_words(self, name: str) -> str:
        """Return the last line that a process wrote to its log."""
        lines = self._log(name).read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "no output")

    def _start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        folder: Path = PROJECT,
        stdout: int | None = None,
    ) -> subprocess.Popen[str]:
        """Start a process; Prefect's in a folder without a `.env`, which it would read."""
        with self._log(name).open("w", encoding="utf-8") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command lines
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.processes[name] = process
        return process

    def _log(self, name: str) -> Path:
        return self.home / f"{name.replace(' ', '-')}.log"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nobody who asks twice to end stop the cleaning up halfway."""
    before = {sign: signal.signal(sign, signal.SIG_IGN) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def prefect_environment(home: Path, port: int) -> dict[str, str]:
    """Return the settings of a Prefect that is `home`'s alone, and tells nobody of itself."""
    return {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_UI_URL": f"http://127.0.0.1:{port}",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "DO_NOT_TRACK": "1",
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def only_these(environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Make this the process's environment and folder for a while: Prefect reads `.env` there."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
