"""Every disaster drill of docs/operations.md, typed as it stands there, shows what it says."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cafe24.alerts.runbook import PAGE
from cafe24.secret import Secret
from cafe24.settings import PROJECT, Settings
from cafe24.tokens.document import AppDocument

Start = Callable[..., dict[str, Any]]

DRILLS = (PROJECT / PAGE).read_text(encoding="utf-8").partition("\n## Disaster drills\n")[2]
WELL = re.search(r"^```sh\n(curl .*?)^```", DRILLS, re.MULTILINE | re.DOTALL)
DRILL = re.compile(
    r"^### ([^\n]+)\n(?:(?!^###|^```)[^\n]*\n)*^```sh\n(.*?)^```\n+^```text\n(.*?)^```",
    re.MULTILINE | re.DOTALL,
)
FOUND = {name: (typed, seen) for name, typed, seen in DRILL.findall(DRILLS)}
WITH_PREFECT = {"The worker dies"}


@pytest.fixture(scope="module")
def world(start_sandbox: Start, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The sandbox with one app and one mall, as `make up` makes it; a shell's environment."""
    vault, mall = start_sandbox("vault"), start_sandbox("mall", "--product-count", "5")
    home = tmp_path_factory.mktemp("drills")
    told = {
        "VAULT_ADDR": vault["url"],
        "VAULT_TOKEN": vault["root_token"],
        "CAFE24_API_URL": mall["api_url"],
        "CAFE24_DATABASE_URL": f"sqlite:///{home}/cafe24.sqlite",
        "CAFE24_SPILL_DIR": str(home / "spill"),
        # As short as the protocol allows: a refresh that cannot save tries for as long.
        "CAFE24_TOKEN_LEASE": "16s",
        "SANDBOX": f"{mall['url']}/__sandbox__",
        "VAULT": f"{vault['url']}/__sandbox__",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.names() & set(told):
            patch.setenv(name, told[name])
        store = Settings.load(home).keeper_tokens().store()
        secret = Secret(mall["client_secret"])
        store.write_app(
            AppDocument(
                client_id=mall["client_id"],
                client_secret=secret,
                redirect_uri=mall["redirect_uri"],
                scopes=["mall.read_product"],
            )
        )
    return {**os.environ, **told}


def typed(lines: str, environment: dict[str, str]) -> str:
    """Type lines into a shell in the project's folder; return all that is seen."""
    done = subprocess.run(
        ["bash", "-c", lines],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout


def test_every_drill_is_one_that_can_be_run() -> None:
    named = set(re.findall(r"^### (.+)$", DRILLS, re.MULTILINE))
    assert named == set(FOUND) | WITH_PREFECT


@pytest.mark.parametrize("name", FOUND)
def test_a_drill_shows_what_it_says(name: str, world: dict[str, str], tmp_path: Path) -> None:
    lines, expected = FOUND[name]
    assert WELL
    own = world | {"CAFE24_DATABASE_URL": f"sqlite:///{tmp_path}/cafe24.sqlite"}
    well = typed(f"set -e -o pipefail\n{WELL[1]}", own)
    assert "Traceback" not in well
    assert "samplemall: " in well, well
    seen = typed(lines, own)
    assert "Traceback" not in seen
    place = 0
    for line in expected.splitlines():
        found = seen.find(line, place)
        assert found != -1, f"not seen: {line!r} in\n{seen}"
        place = found + len(line)
