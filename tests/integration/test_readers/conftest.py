"""The examples for readers, each in a process of its own, beside a keeper that rotates."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cafe24.settings import PROJECT
from tests.integration.test_keeper_commands.conftest import desk, empty_desk
from tests.integration.test_keeper_commands.desk import Desk

__all__ = ["desk", "empty_desk"]

HERE = Path(__file__).parent
EXAMPLES = PROJECT / "examples"
STRIPS_TYPES = (22, 6)
"""The first Node that runs TypeScript by itself."""


@dataclass
class Reader:
    """An example at work."""

    process: subprocess.Popen[str]

    def told(self, **order: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the reader ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def call(self) -> int:
        """Call the Admin API and return its status."""
        status: int = self.told(call="/api/v2/admin/products/count")["status"]
        return status

    def tokens(self, callers: int = 1) -> list[str]:
        """Return what so many callers at once are given."""
        given: list[str] = self.told(get=callers)["tokens"]
        return given


@pytest.fixture(scope="session")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the command that runs the TypeScript example."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("NOT TESTED: examples/nextjs. There is no node here; install Node 20 or newer.")
    module = EXAMPLES / "nextjs" / "cafe24-access-token.ts"
    version = subprocess.check_output([node, "--version"], text=True).strip().lstrip("v")
    if tuple(map(int, version.split(".")[:2])) >= STRIPS_TYPES:
        return [node, "--experimental-strip-types", str(HERE / "reader.mjs"), module.as_uri()]
    built = compiled(tmp_path_factory.mktemp("nextjs"))
    return [node, str(HERE / "reader.mjs"), built.as_uri()]


def compiled(folder: Path) -> Path:
    """Compile the example as its own package.json says; this checks its types too."""
    for name in ("package.json", "package-lock.json", "tsconfig.json", "cafe24-access-token.ts"):
        shutil.copy(EXAMPLES / "nextjs" / name, folder)
    for line in (["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["npx", "tsc"]):
        try:
            done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("NOT TESTED: examples/nextjs. Before Node 22.6 npm must be there too.")
        if done.returncode and line[0] == "npm":
            pytest.skip(f"NOT TESTED: examples/nextjs. npm ci failed: {done.stderr[-300:]}")
        assert done.returncode == 0, done.stdout
    return folder / "build" / "cafe24-access-token.js"


@pytest.fixture
def place(desk: Desk) -> dict[str, str]:
    """What a reader is told: where Vault is, its sign-in, its mall."""
    role_id, secret_id = desk.reader()
    return {
        "mall_id": desk.mall,
        "vault_addr": str(desk.root.base_url).rstrip("/"),
        "role_id": role_id,
        "secret_id": secret_id,
        "prefix": desk.prefix,
        "api_url": desk.mall_server["api_url"],
    }


@pytest.fixture(params=["typescript", "python"])
def command(request: pytest.FixtureRequest) -> list[str]:
    if request.param == "python":
        return [sys.executable, str(HERE / "reader.py")]
    found: list[str] = request.getfixturevalue("typescript")
    return found


@contextlib.contextmanager
def running(command: list[str], place: dict[str, str]) -> Iterator[Reader]:
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        process.stdin.write(json.dumps(place) + "\n")
        process.stdin.flush()
        yield Reader(process)
        process.stdin.close()


@pytest.fixture
def reader(command: list[str], place: dict[str, str]) -> Iterator[Reader]:
    with running(command, place) as one:
        yield one
