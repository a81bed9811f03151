"""A stack of its own for the browser's tests, and a browser: headless Chromium.

Chromium is the system's (`apt-get install chromium`); without one these tests are skipped,
or fail where REQUIRE_BROWSER=1 says that there must be one. No CAFE24_ name: our settings
would refuse it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cafe24.settings import PROJECT
from tests.browser.eyes import Eyes, opened_eyes
from tests.browser.world import PATIENCE_S, World

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "There is no Chromium here: apt-get install chromium. PREFECT'S UI WAS NOT TESTED."
SCREENSHOTS = "prefect-ui"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say where the screenshots are, when these tests ran."""
    ended = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    if any(one.nodeid.startswith("tests/browser/") for one in ended):
        pictures = sorted(_screenshots(config).glob("*.png"))
        told = f"{len(pictures)} screenshots of Prefect's UI: {_screenshots(config)}"
        terminalreporter.write_line(told)


@pytest.fixture(scope="module")
def stack(chromium: str) -> Iterator[World]:  # noqa: ARG001 - raised only where it can be seen
    """Everything up; it ends with the file's tests."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.stack"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a Ctrl-C is for the tests: they end, then the input ends
    )
    with process, httpx.Client(timeout=PATIENCE_S, trust_env=False) as http:
        assert process.stdout
        assert process.stdin
        line = process.stdout.readline()
        assert line, "the stack did not start; the reason stands above"
        yield World(json.loads(line), http)
        process.stdin.close()
    assert process.returncode == 0, "the stack did not end well"


@pytest.fixture(scope="module")
def chromium() -> str:
    """Return the path of the system's Chromium."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(MISSING)
    if found is None:
        pytest.skip(MISSING)
    return found


# Not for the session: Playwright's loop runs in this thread, and other tests bring their own.
@pytest.fixture(scope="module")
def eyes(chromium: str, stack: World, pytestconfig: pytest.Config) -> Iterator[Eyes]:
    """A browser at Prefect's UI, and a folder for what it saw."""
    folder = _screenshots(pytestconfig)
    for old in folder.glob("*.png"):
        old.unlink()
    with opened_eyes(chromium, stack.urls["prefect"], folder) as eyes:
        yield eyes


def _screenshots(config: pytest.Config) -> Path:
    folder = config.rootpath / ".pytest_cache" / SCREENSHOTS
    folder.mkdir(parents=True, exist_ok=True)
    return folder
