"""`manage.py doctor` against a real Prefect: what was changed since `setup` is named."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blocks.setup import apply
from cafe24.settings import PROJECT, Settings
from tests.integration.surroundings import Prefect

REFRESH = "refresh-tokens/weekly"


@pytest.fixture
def set_up(
    prefect: Prefect, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Prefect]:
    """A Prefect in which everything is as the settings want it."""
    apply(settings)
    monkeypatch.setenv("PREFECT_API_URL", str(prefect.api.base_url))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    yield prefect
    apply(settings)


def lines_of(name: str) -> list[dict[str, str]]:
    """Run the doctor as a person does; return its lines of this name."""
    process = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"],
        cwd=PROJECT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in process.stderr
    checks: list[dict[str, str]] = json.loads(process.stdout)["checks"]
    return [one for one in checks if one["name"] == name]


def test_what_setup_put_there_is_as_wanted_and_what_was_changed_is_named(set_up: Prefect) -> None:
    [drift] = lines_of("drift")
    assert drift["verdict"] == "ok", drift
    [answers] = lines_of("prefect")
    assert answers["verdict"] == "ok", answers
    [automation] = set_up.asked("/automations/filter", limit=1)
    _patch(set_up, f"/automations/{automation['id']}", automation, description="by hand")
    deployment = set_up.sent("GET", f"/deployments/name/{REFRESH}").json()
    set_up.sent("PATCH", f"/deployments/{deployment['id']}", {"paused": True}).raise_for_status()
    changed, paused = lines_of("drift")
    assert changed["verdict"] == paused["verdict"] == "warning"
    assert f"automation {automation['name']} (description)" in changed["what"]
    assert f"deployment {REFRESH}" in paused["what"]
    set_up.sent("PATCH", f"/deployments/{deployment['id']}", {"paused": False}).raise_for_status()


def _patch(prefect: Prefect, path: str, held: dict[str, Any], **changes: Any) -> None:
    """Write an automation back with a change, as the UI does."""
    kept = {name: held[name] for name in ("name", "trigger", "actions", "tags", "enabled")}
    prefect.sent("PUT", path, {**kept, **changes}).raise_for_status()
