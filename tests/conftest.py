"""The servers that tests talk to, the sandbox's and a database's: real ones, this session's own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from cafe24.database.migrate import upgrade
from cafe24.setting_names import LEGACY
from cafe24.settings import Settings
from tests.databases import KINDS, fresh_database
from tests.postgres_server import PostgresServer, running_postgres_server

PROJECT = Path(__file__).parents[1]

# The machine may be busy: how long an example takes proves nothing.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

Start = Callable[..., dict[str, Any]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests together, and all that share a Prefect server in one process."""
    for item in items:
        used = {"prefect", "stack"}.intersection(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group(used.pop() if used else str(item.path)))


@pytest.fixture(autouse=True)
def _our_settings_come_from_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*Settings.names(), *LEGACY]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """SIGINT means something here and in what is started, also where tests run behind `&`.

    A shell that starts a job in the background lets it ignore SIGINT, and its children too.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def start_sandbox() -> Iterator[Start]:
    """Start `python -m sandbox PART ...` and return its ready line; all are ended at the end."""
    running: list[subprocess.Popen[str]] = []

    def start(part: str, *options: str) -> dict[str, Any]:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", part, "--port", "0", *options],
            cwd=PROJECT,
            env={**os.environ, "PYTHONWARNINGS": "error"},
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the sandbox's {part} did not start"
        ready: dict[str, Any] = json.loads(line)
        return ready

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every table and no row, for tests to copy."""
    file = tmp_path_factory.mktemp("empty") / "cafe24.sqlite"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with every table and no row, of either kind: such a test runs twice."""
    with fresh_database(request) as url:
        yield url


@pytest.fixture(params=KINDS)
def bare_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without any table, of either kind."""
    with fresh_database(request, migrated=False) as url:
        yield url


@pytest.fixture(params=KINDS, scope="module")
def shared_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """One for all tests of a file, which empty it themselves."""
    with fresh_database(request) as url:
        yield url


@pytest.fixture(scope="session")
def vault_server(start_sandbox: Start) -> dict[str, Any]:
    return start_sandbox("vault")


@pytest.fixture(scope="session")
def mall_server(start_sandbox: Start) -> dict[str, Any]:
    return start_sandbox("mall", "--product-count", "250")


@pytest.fixture(scope="session")
def slack_server(start_sandbox: Start) -> dict[str, Any]:
    return start_sandbox("slack")
