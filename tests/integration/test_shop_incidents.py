"""The three incidents of the shop that this project began with, tried again."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cafe24.database.migrate import upgrade

PROJECT = Path(__file__).parents[2]
MALL = "incidentmall"

Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def malls(mall_server: dict[str, Any]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=mall_server["url"]) as client:
        client.post("/__sandbox__/malls", json={"mall_id": MALL})
        yield client


@pytest.fixture
def manage(vault_server: dict[str, Any], mall_server: dict[str, Any], tmp_path: Path) -> Manage:
    """Run manage.py with settings that name no mall and no token."""
    database_url = f"sqlite:///{tmp_path}/cafe24.sqlite"
    upgrade(database_url)
    settings = {
        "PATH": os.environ["PATH"],
        "VAULT_ADDR": vault_server["url"],
        "VAULT_TOKEN": vault_server["root_token"],
        "CAFE24_VAULT_PREFIX": f"incidents-{tmp_path.name}",
        "CAFE24_API_URL": mall_server["api_url"],
        "CAFE24_DATABASE_URL": database_url,
        "CAFE24_SPILL_DIR": str(tmp_path / "spill"),
    }

    def run(*words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT,
            env={**settings, **more},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    app = run(
        *("app", mall_server["client_id"], "--redirect-uri", mall_server["redirect_uri"]),
        *("--scopes", "mall.read_product"),
        stdin=f"{mall_server['client_secret']}\n",
    )
    assert app.returncode == 0, app.stderr
    return run


def take_over(manage: Manage, malls: httpx.Client) -> dict[str, Any]:
    """Import a live pair, as an old .env held it; return it."""
    pair: dict[str, Any] = malls.post(f"/__sandbox__/malls/{MALL}/pair", json={}).json()
    done = manage("import", MALL, stdin=json.dumps(pair))
    assert done.returncode == 0, done.stderr
    return pair


def calls(malls: httpx.Client) -> int:
    """Return how many calls any mall has met, one that is not there included."""
    total: int = malls.get("/__sandbox__/calls").raise_for_status().json()["total"]
    return total


def test_a_request_to_the_mall_undefined_would_be_counted(malls: httpx.Client) -> None:
    before = calls(malls)
    malls.get("/undefined/api/v2/admin/products")
    assert calls(malls) == before + 1


@pytest.mark.parametrize(
    ("words", "environment", "code", "said"),
    [
        (("refresh", "--all"), {"MALL_ID": MALL}, 3, "MALL_ID is no setting"),
        (("refresh", "--all"), {"CAFE24_MALL_ID": MALL}, 3, "CAFE24_MALL_ID is no setting"),
        (("sync", "undefined"), {}, 2, "'undefined' is not a mall id"),
        (("refresh", "undefined"), {}, 2, "'undefined' is not a mall id"),
    ],
)
def test_incident_1_a_wrong_name_is_refused_before_any_request_leaves(  # noqa: PLR0913, PLR0917 - a table's columns
    manage: Manage,
    malls: httpx.Client,
    words: tuple[str, ...],
    environment: dict[str, str],
    code: int,
    said: str,
) -> None:
    take_over(manage, malls)
    before = calls(malls)
    done = manage(*words, **environment)
    assert done.returncode == code
    assert said in done.stderr
    assert calls(malls) == before


def test_incident_1_no_setting_names_a_mall_and_the_malls_are_what_vault_lists(
    manage: Manage, malls: httpx.Client
) -> None:
    take_over(manage, malls)
    done = manage("refresh", "--all", "--force", "--json")
    assert done.returncode == 0, done.stderr
    assert [one["mall_id"] for one in json.loads(done.stdout)["malls"]] == [MALL]


def test_incident_3_a_copy_that_stayed_in_env_is_refused_and_the_pair_in_vault_lives_on(
    manage: Manage, malls: httpx.Client
) -> None:
    pair = take_over(manage, malls)
    copy = {"CAFE24_REFRESH_TOKEN": pair["refresh_token"]}
    refused = manage("refresh", MALL, "--force", **copy)
    assert refused.returncode == 3
    assert "CAFE24_REFRESH_TOKEN is no setting" in refused.stderr
    assert pair["refresh_token"] not in refused.stderr
    assert manage("refresh", MALL, "--force").returncode == 0
