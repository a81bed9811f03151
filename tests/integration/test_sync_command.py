"""A sync through the real command, while the wire or the database fails it."""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from cafe24.database import engine as database_engine
from cafe24.database.migrate import upgrade
from cafe24.errors import DatabaseAway
from tests.expected_rows import assert_equal
from tests.inner_mall import InnerMall
from tests.integration.test_command_line import PROJECT, allowed, asked, consent_link, start

MALL = "fullmall"
SMALLEST = 300_000
"""Bytes; the empty tables take less, a mall of 250 products more."""


@pytest.fixture(scope="module")
def connected(
    vault_server: dict[str, Any],
    mall_server: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """An operator's environment with one mall; each test gives it a database."""
    httpx.post(f"{mall_server['url']}/__sandbox__/malls", json={"mall_id": MALL})
    environment = {
        "PYTHONWARNINGS": "error",
        "VAULT_ADDR": vault_server["url"],
        "VAULT_TOKEN": vault_server["root_token"],
        "CAFE24_VAULT_PREFIX": "database-faults",
        "CAFE24_API_URL": mall_server["api_url"],
        "CAFE24_DATABASE_URL": migrated(tmp_path_factory.mktemp("ledger")),
        "CAFE24_DETAIL_CALLS_PER_RUN": "0",
    }
    asked(
        environment,
        *("app", mall_server["client_id"], "--redirect-uri", mall_server["redirect_uri"]),
        *("--scopes", "mall.read_product"),
        stdin=f"{mall_server['client_secret']}\n",
    )
    process = start(environment, "authorize", MALL, "--json")
    redirected_to = allowed(consent_link(process))
    _, err = process.communicate(redirected_to + "\n", timeout=60)
    assert process.returncode == 0, err
    httpx.post(f"{mall_server['url']}/__sandbox__/malls/{MALL}/limits", json={"is_off": True})
    return environment


def migrated(folder: Path) -> str:
    url = f"sqlite:///{folder}/cafe24.sqlite"
    upgrade(url)
    return url


def sync(
    environment: dict[str, str], folder: Path, prepare: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "sync", MALL],
        cwd=PROJECT,
        env={**environment, "CAFE24_DATABASE_URL": f"sqlite:///{folder}/cafe24.sqlite"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=prepare,
    )


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode == 7, said
    assert "Traceback" not in said
    (line,) = done.stderr.strip().splitlines()
    for word in words:
        assert word in line


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "cafe24.sqlite")) as connection:
        return connection.execute(query).fetchall()


def test_a_full_disk_ends_the_sync_with_whole_pages_and_the_next_goes_on(
    connected: dict[str, str], tmp_path: Path
) -> None:
    migrated(tmp_path)
    limits = (SMALLEST, SMALLEST)
    done = sync(connected, tmp_path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits))
    refused(done, "cannot be written", "Free space", "nothing is half-written")
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    ((kept, noted),) = rows(
        tmp_path,
        "SELECT (SELECT count(*) FROM product), coalesce(max(read_count), 0) FROM sync_cursor",
    )
    assert kept == noted
    assert sync(connected, tmp_path).returncode == 0
    assert rows(tmp_path, "SELECT count(*) FROM product") == [(250,)]


def test_a_database_that_cannot_be_written_is_left_as_it_is(
    connected: dict[str, str], tmp_path: Path
) -> None:
    migrated(tmp_path)
    file = tmp_path / "cafe24.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    # A file of a newer format may be read but not written, by root neither.
    head = bytearray(file.read_bytes())
    head[18] = 3
    file.write_bytes(head)
    refused(sync(connected, tmp_path), "cannot be written", "permissions")
    assert file.read_bytes() == bytes(head)


def test_a_database_of_an_older_schema_says_how_to_bring_it_up_to_date(
    connected: dict[str, str], tmp_path: Path
) -> None:
    migrated(tmp_path)
    with closing(sqlite3.connect(tmp_path / "cafe24.sqlite")) as connection:
        connection.execute("DROP VIEW IF EXISTS product_current")
        connection.execute("ALTER TABLE product DROP COLUMN size_guide")
    refused(sync(connected, tmp_path), "another schema", "manage.py setup")
    assert rows(tmp_path, "SELECT count(*) FROM product") == [(0,)]


def test_a_lock_held_longer_than_the_wait_leaves_whole_pages_and_the_next_sync_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_engine, "SQLITE_WAIT_S", 0.1)
    inner = InnerMall(tmp_path / "cafe24.sqlite")
    with closing(sqlite3.connect(inner.database, isolation_level=None)) as other:

        def lock(_inner: InnerMall) -> None:
            other.execute("BEGIN IMMEDIATE")

        with pytest.raises(DatabaseAway, match="locked"):
            inner.sync([(2, lock)])
        other.execute("ROLLBACK")
    assert inner.held == []
    assert inner.sync().outcome == "synced"
    inner.assert_tables_equal_the_mall()


def test_the_command_ends_exact_through_faults_and_says_what_was_set_aside(
    connected: dict[str, str], mall_server: dict[str, Any], tmp_path: Path
) -> None:
    control = f"{mall_server['url']}/__sandbox__/malls/{MALL}"
    number = httpx.get(f"{control}/truth").json()["products"][0]["product_no"]
    odd = {"product_no": number, "json": f'{{"product_no": {number}, "price": NaN}}'}
    httpx.post(f"{control}/products", json={"odd": [odd]})
    kinds = ("reset", "cut", "cut_head", "truncate", "html")
    faults = [{"on": "products", "kind": kind, "skip": 1} for kind in kinds]
    httpx.post(f"{control}/faults", json=faults)
    environment = {**connected, "CAFE24_DATABASE_URL": migrated(tmp_path)}
    (row,) = asked(environment, "sync", MALL, code=1)["malls"]
    assert (row["outcome"], row["stored"], row["quarantined"]) == ("synced", 249, 1)
    told = httpx.get(f"{control}/faults").json()["faults"]
    truth = httpx.get(f"{control}/truth").json()["products"]
    httpx.post(f"{control}/products", json={"change": [number]})
    assert told == []
    assert_equal(f"{tmp_path}/cafe24.sqlite", MALL, truth)
