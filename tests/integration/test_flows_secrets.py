"""No token, code or client secret reaches Prefect's database, logs, results, events or SQL."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cafe24.settings import PROJECT
from flows.check_expiry import check_expiry
from flows.refresh_tokens import refresh_tokens
from flows.send_alert import send_alert
from flows.sync_products import sync_products
from tests.integration.canaries import (
    database_file,
    files_in,
    heard_at_debug,
    hits,
    rows_of,
    secrets_of,
)
from tests.integration.conftest import Servers
from tests.integration.surroundings import Shop, eventually, ran
from tests.integration.test_flows_authorize import Conversation
from tests.integration.test_keeper_secrets import redirected

pytestmark = pytest.mark.usefixtures("deployed")


@pytest.fixture
def command_line(shop: Shop, tmp_path: Path) -> "Iterator[CommandLine]":
    line = CommandLine(
        {
            "PATH": os.environ["PATH"],
            "VAULT_ADDR": os.environ["VAULT_ADDR"],
            "VAULT_TOKEN": os.environ["VAULT_TOKEN"],
            "CAFE24_VAULT_PREFIX": shop.settings.vault_prefix,
            "CAFE24_API_URL": shop.settings.api_url,
            "CAFE24_DATABASE_URL": shop.settings.database_url.get_secret_value(),
            "CAFE24_SPILL_DIR": str(tmp_path / "spill"),
        }
    )
    yield line
    assert "Traceback" not in line.shown


class CommandLine:
    """manage.py, and everything it has printed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.shown = ""

    def run(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.shown += done.stdout + done.stderr

    def authorize(self, mall: str) -> None:
        """Consent and paste, as a person would."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", "authorize", mall],
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        link = next(line.strip() for line in process.stderr if "oauth/authorize" in line)
        out, err = process.communicate(redirected(link) + "\n", timeout=60)
        self.shown += out + err
        assert process.returncode == 0, err


def run_well_and_badly(shop: Shop, command_line: CommandLine) -> None:
    """Have everything done that there is, and everything fail that can."""
    ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    ran(sync_products, mall_ids=[shop.mall])
    for words in (("refresh", shop.mall, "--force", "--json"), ("sync", shop.mall), ("status",)):
        command_line.run(*words)
    shop.control("faults", [{"on": "token", "kind": "drop_after"}])
    assert ran(refresh_tokens, mall_ids=[shop.mall], force=True).is_failed()
    command_line.run("refresh", shop.mall, "--force", "--json")
    shop.control("revoke", {"what": "all"})
    assert "in trouble" in ran(sync_products, mall_ids=[shop.mall]).message
    ran(check_expiry)
    ran(send_alert)
    conversation = Conversation(shop)
    conversation.start()
    conversation.paste("https://app.example.com/callback?code=invented-stray-code&state=another")
    conversation.paste(redirected(conversation.link()))
    assert conversation.end().is_completed()
    command_line.authorize(shop.mall)
    shop.control("revoke", {"what": "all"})
    assert ran(refresh_tokens, mall_ids=[shop.mall], force=True).is_failed()
    command_line.run("refresh", "--all", "--json")
    command_line.run("drain", "--json")
    ran(send_alert)


def test_runs_that_work_and_runs_that_fail_leave_no_secret_behind(
    shop: Shop, servers: Servers, command_line: CommandLine, tmp_path: Path
) -> None:
    with heard_at_debug() as said:
        run_well_and_badly(shop, command_line)
    # What must be there proves that the search would find it.
    eventually(lambda: shop.prefect.keeps(f"sync-report-{shop.mall}"))
    home, prefect_database = shop.prefect.folders
    database = database_file(shop.settings.database_url.get_secret_value())
    known = (servers.mall["client_secret"], servers.vault["root_token"])
    secrets = secrets_of(shop, [shop.mall], *known)
    assert len(secrets) >= 8
    kept = files_in(home, database.parent, tmp_path)
    assert shop.mall.encode() in kept
    assert "httpcore" in said.getvalue()
    everything: list[str | bytes] = [
        kept,
        rows_of(database),
        said.getvalue(),
        command_line.shown,
        *shop.said(),
    ]
    assert hits(secrets, *everything) == []
    # A code that was pasted and deleted may stay in the file until SQLite uses its page again.
    codes = codes_of(shop)
    rows = "".join(rows_of(file) for file in prefect_database.rglob("*.db"))
    assert f"sync-report-{shop.mall}" in rows
    assert hits(secrets | {"invented-stray-code"}, rows) == []
    assert hits(secrets - codes, files_in(prefect_database)) == []


def codes_of(shop: Shop) -> frozenset[str]:
    """Return the authorization codes that were exchanged; each is of no use any more."""
    answer = shop.malls.get(f"/__sandbox__/malls/{shop.mall}/grants").raise_for_status()
    grants: list[dict[str, Any]] = answer.json()["grants"]
    return frozenset(one["presented"] for one in grants if one["kind"] == "authorization_code")
