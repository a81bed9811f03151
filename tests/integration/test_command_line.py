"""The command line from an empty Vault to products in SQL, as an operator would go."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cafe24.database.migrate import upgrade

PROJECT = Path(__file__).parents[2]
MALL = "operatormall"


@pytest.fixture(scope="module")
def environment(
    vault_server: dict[str, Any],
    mall_server: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    database_url = f"sqlite:///{tmp_path_factory.mktemp('cli')}/cafe24.sqlite"
    upgrade(database_url)
    httpx.post(f"{mall_server['url']}/__sandbox__/malls", json={"mall_id": MALL})
    return {
        "PATH": os.environ["PATH"],
        "PYTHONWARNINGS": "error",
        "VAULT_ADDR": vault_server["url"],
        "VAULT_TOKEN": vault_server["root_token"],
        "CAFE24_VAULT_PREFIX": "command-line",
        "CAFE24_API_URL": mall_server["api_url"],
        "CAFE24_DATABASE_URL": database_url,
        "CAFE24_DETAIL_CALLS_PER_RUN": "5",
    }


def start(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def asked(environment: dict[str, str], *words: str, stdin: str = "", code: int = 0) -> Any:
    """Return what the command printed as JSON."""
    process = start(environment, *words, "--json")
    out, err = process.communicate(stdin, timeout=60)
    assert process.returncode == code, err
    return json.loads(out)


def consent_link(process: subprocess.Popen[str]) -> str:
    """Return the link that `authorize` shows."""
    assert process.stderr is not None
    return next(line.strip() for line in process.stderr if "oauth/authorize" in line)


def allowed(link: str, decision: str = "allow") -> str:
    """Consent as the principal operator; return where the browser is sent."""
    form = {"operator": "principal", "decision": decision}
    return httpx.post(link, data=form, follow_redirects=False).headers["Location"]


@pytest.fixture(scope="module")
def connected(environment: dict[str, str], mall_server: dict[str, Any]) -> dict[str, str]:
    """The operator's environment, with the app stored and the mall connected."""
    asked(
        environment,
        *("app", mall_server["client_id"], "--redirect-uri", mall_server["redirect_uri"]),
        *("--scopes", "mall.read_product"),
        stdin=f"{mall_server['client_secret']}\n",
    )
    process = start(environment, "authorize", MALL, "--json")
    redirected_to = allowed(consent_link(process))
    out, err = process.communicate(redirected_to + "\n", timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["generation"] == 1
    return environment


def test_a_refused_consent_is_explained(
    connected: dict[str, str],
) -> None:
    process = start(connected, "authorize", MALL)
    refused = allowed(consent_link(process), decision="deny")
    _, err = process.communicate(refused + "\n", timeout=60)
    assert process.returncode == 5
    assert "access_denied" in err
    assert "Traceback" not in err


def test_a_refresh_reports_what_the_contract_says(connected: dict[str, str]) -> None:
    fresh = asked(connected, "refresh", MALL)
    [row] = fresh["malls"]
    assert row.keys() == {
        *("mall_id", "outcome", "generation", "access_expires_at", "refresh_expires_at"),
        "reason",
    }
    assert (row["outcome"], fresh["counts"]) == ("fresh", {"fresh": 1})
    forced = asked(connected, "refresh", "--all", "--force")
    [row] = forced["malls"]
    assert (row["mall_id"], row["outcome"], row["generation"]) == (MALL, "refreshed", 2)


def test_a_sync_reports_what_the_contract_says(connected: dict[str, str]) -> None:
    first = asked(connected, "sync", MALL)
    [row] = first["malls"]
    assert (row["mode"], row["outcome"]) == ("full", "synced")
    assert row["stored"] == row["source"] == row["new"] == 250
    assert row.keys() >= {
        *("mall_id", "mode", "outcome", "source", "stored", "new", "changed", "unchanged"),
        *("deleted", "quarantined", "calls", "rejected_429", "wait_s", "wall_s", "reason"),
    }
    assert first["counts"] == {"synced": 1}
    again = asked(connected, "sync", MALL)["malls"][0]
    assert (again["mode"], again["new"], again["changed"]) == ("incremental", 0, 0)


def test_a_stock_refresh_finds_what_sold(
    connected: dict[str, str], mall_server: dict[str, Any]
) -> None:
    asked(connected, "sync", MALL)
    silent = f"{mall_server['url']}/__sandbox__/malls/{MALL}/products"
    httpx.post(silent, json={"silent": 20}).raise_for_status()
    [row] = asked(connected, "sync", MALL, "--stock")["malls"]
    assert (row["mode"], row["outcome"], row["new"], row["deleted"]) == ("stock", "synced", 0, 0)


def test_full_and_stock_exclude_each_other(connected: dict[str, str]) -> None:
    process = start(connected, "sync", MALL, "--full", "--stock")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "not allowed with" in err


@pytest.fixture
def _second_shop(connected: dict[str, str]) -> Iterator[None]:
    """The mall's document names a second shop, which the mall itself refuses."""
    address = f"{connected['VAULT_ADDR']}/v1/secret/data/command-line/malls/{MALL}"

    def name_shops(*shop_nos: int) -> None:
        held = vault.get(address).raise_for_status().json()["data"]
        data = {**held["data"], "shop_nos": shop_nos}
        order = {"data": data, "options": {"cas": held["metadata"]["version"]}}
        vault.post(address, json=order).raise_for_status()

    with httpx.Client(headers={"X-Vault-Token": connected["VAULT_TOKEN"]}) as vault:
        name_shops(2, 1)
        yield
        name_shops(1)


@pytest.mark.usefixtures("_second_shop")
def test_a_shop_that_fails_hides_no_other_and_is_named_once(connected: dict[str, str]) -> None:
    report = asked(connected, "sync", MALL, code=6)
    second, first = report["malls"]
    assert (second["shop_no"], second["outcome"], second["stored"]) == (2, "failed", 0)
    assert (second["mode"], second["calls"], second["reason"][:20]) == (
        *("full", 1, "no full read had end"),
    )
    assert (first["shop_no"], first["outcome"], first["source"]) == (1, "synced", first["stored"])
    assert report["counts"] == {"failed": 1, "synced": 1}
    process = start(connected, "sync", MALL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 6
    assert f"{MALL}: incremental: changes since" in out
    assert err.startswith(f"{MALL} shop 2: ")
    assert err.count(MALL) == 1
    assert "Traceback" not in err


def test_the_status_reports_what_the_contract_says(connected: dict[str, str]) -> None:
    status = asked(connected, "status", "--exit-code")
    assert status.keys() == {"checked_at", "worst", "malls", "credentials"}
    [row] = status["malls"]
    assert row.keys() == {
        *("mall_id", "status", "grade", "days_left", "last_refresh_at", "last_sync_at", "rows"),
        "next_run_at",
    }
    assert (row["mall_id"], row["status"], row["grade"]) == (MALL, "active", "ok")
    assert 13.9 < row["days_left"] <= 14


def test_the_status_is_a_table_that_a_person_reads(connected: dict[str, str]) -> None:
    process = start({**connected, "COLUMNS": "140"}, "status")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert MALL in out
    assert "days left" in out


def test_no_output_shows_a_token(connected: dict[str, str], mall_server: dict[str, Any]) -> None:
    shown = ""
    for words in (("refresh", MALL, "--force"), ("sync", MALL), ("status",)):
        process = start(connected, *words)
        shown += "".join(process.communicate(timeout=60))
    truth = httpx.get(f"{mall_server['url']}/__sandbox__/malls/{MALL}/truth").json()
    for token in [*truth["access_tokens"], *truth["refresh_tokens"]]:
        assert token["token"] not in shown
