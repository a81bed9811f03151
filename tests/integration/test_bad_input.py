"""Bad input through the real command line: one clear line, the next step, an exit code."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.surroundings import Prefect

PROJECT = Path(__file__).parents[2]


def manage(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with these settings and no others."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env={**bare, "PYTHONWARNINGS": "error", **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Assert that it ended as a refusal should."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


@pytest.fixture
def vault(vault_server: dict[str, Any]) -> dict[str, str]:
    return {"VAULT_ADDR": vault_server["url"], "VAULT_TOKEN": vault_server["root_token"]}


def test_an_unknown_setting(vault: dict[str, str]) -> None:
    done = manage("status", CAFE24_DATABASE="sqlite:////tmp/x.sqlite", **vault)
    refused(done, 3, "CAFE24_DATABASE is no setting", "CAFE24_DATABASE_URL")


def test_a_legacy_setting(vault: dict[str, str]) -> None:
    refused(manage("status", MALL_ID="samplemall", **vault), 3, "MALL_ID", "manage.py authorize")


@pytest.mark.parametrize("name", ["undefined", "None", "a.b", "MyMall", "samplemall/../x"])
@pytest.mark.parametrize("command", ["refresh", "sync", "authorize"])
def test_what_is_no_mall_id(vault: dict[str, str], command: str, name: str) -> None:
    refused(manage(command, name, **vault), 2, "is not a mall id", "lower-case")


def test_a_database_of_an_unknown_kind(vault: dict[str, str]) -> None:
    url = "mysql://invented-user:invented-password@db.example/x"
    # Before a token is spent: a refresh needs no database, but its ledger does.
    for words in (("status",), ("refresh", "samplemall")):
        done = manage(*words, CAFE24_DATABASE_URL=url, **vault)
        refused(done, 3, "mysql", "SQLite and PostgreSQL")
        assert "invented-password" not in done.stderr


def test_a_database_that_is_no_address(vault: dict[str, str]) -> None:
    refused(manage("status", CAFE24_DATABASE_URL="cafe24.db", **vault), 3, "CAFE24_DATABASE_URL")


def test_a_vault_that_is_away() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    done = manage("refresh", "samplemall", VAULT_ADDR=nobody, VAULT_TOKEN="invented-token")
    refused(done, 4, "Vault does not answer", "VAULT_ADDR", "Nothing was lost")


def test_a_vault_that_is_sealed(start_sandbox: Any) -> None:
    server = start_sandbox("vault")
    root = {"X-Vault-Token": server["root_token"]}
    httpx.put(f"{server['url']}/v1/sys/seal", headers=root).raise_for_status()
    done = manage(
        "refresh", "samplemall", VAULT_ADDR=server["url"], VAULT_TOKEN=server["root_token"]
    )
    refused(done, 4, "sealed", "unseal", "Nothing was lost")


def test_a_sign_in_that_vault_does_not_know(vault_server: dict[str, Any]) -> None:
    done = manage(
        "refresh", "samplemall", VAULT_ADDR=vault_server["url"], VAULT_TOKEN="invented-token"
    )
    refused(done, 4, "Vault denies", "deploy/policies")
    assert "invented-token" not in done.stderr


def test_a_mall_that_vault_does_not_have(vault: dict[str, str]) -> None:
    refused(manage("refresh", "nosuchmall", **vault), 2, "no mall nosuchmall", "authorize")


def test_an_app_without_a_secret(vault: dict[str, str]) -> None:
    words = ("app", "inventedclient", "--redirect-uri", "https://a.example/x")
    done = manage(*words, "--scopes", "mall.read_product", **vault)
    refused(done, 2, "No client_secret was given")


def test_an_app_with_a_placeholder_for_a_secret(vault: dict[str, str]) -> None:
    words = ("app", "inventedclient", "--redirect-uri", "https://a.example/x")
    done = manage(*words, "--scopes", "mall.read_product", stdin="changeme\n", **vault)
    refused(done, 2, "That is no client_secret")
    assert "changeme" not in done.stderr


def test_an_app_with_an_unsafe_redirect_uri(vault: dict[str, str]) -> None:
    words = ("app", "inventedclient", "--redirect-uri", "http://a.example/x")
    done = manage(*words, "--scopes", "mall.read_product", stdin="invented-secret\n", **vault)
    refused(done, 2, "--redirect-uri must be https")


def test_a_command_that_there_is_not() -> None:
    done = manage("refrsh")
    assert done.returncode == 2
    assert "invalid choice" in done.stderr


def test_an_error_is_one_object_where_json_is_asked_for() -> None:
    done = manage("refresh", "samplemall", "--json", VAULT_ADDR="http://vault.example")
    assert done.returncode == 3
    answer = json.loads(done.stdout)
    assert answer["exit_code"] == 3
    assert answer["error"].startswith("VAULT_ADDR must be https")
    assert answer["next_step"]


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "mall", "--port", port],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    refused(done, 2, f"Port {port}", "--port")


def test_records_that_are_not_there() -> None:
    refused(manage("demo", "--products", "/nowhere/x.json"), 2, "There is no file", "--products")


def test_a_prefect_that_is_away(vault: dict[str, str], tmp_path: Path) -> None:
    done = manage(
        "setup",
        CAFE24_DATABASE_URL=f"sqlite:///{tmp_path}/x.sqlite",
        PREFECT_HOME=str(tmp_path),
        PREFECT_API_URL="http://127.0.0.1:9/api",
        **vault,
    )
    refused(done, 8, "Prefect's API does not answer", "prefect server start")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api", "http://127.0.0.1:99999/api", "prefect"])
def test_a_prefect_that_does_not_answer_is_no_silence(
    vault: dict[str, str], empty_database: Path, url: str
) -> None:
    done = manage(
        "status",
        "--exit-code",
        PREFECT_API_URL=url,
        CAFE24_DATABASE_URL=f"sqlite:///{empty_database}",
        CAFE24_VAULT_PREFIX="no-mall-at-all",
        **vault,
    )
    refused(done, 8, "Prefect's API does not answer", "PREFECT_API_URL")


def test_a_database_that_is_away_is_told_once(vault: dict[str, str]) -> None:
    done = manage(
        "status",
        "--exit-code",
        CAFE24_DATABASE_URL="postgresql://invented-user:invented-password@127.0.0.1:9/x",
        CAFE24_VAULT_PREFIX="no-mall-at-all",
        **vault,
    )
    refused(done, 7, "The database did not do its work", "CAFE24_DATABASE_URL")
    assert "invented-password" not in done.stderr


def test_a_demo_without_the_vault_it_asks_for() -> None:
    done = manage("demo", "--vault", VAULT_ADDR="https://vault.example")
    refused(done, 3, "--vault needs VAULT_ADDR and VAULT_TOKEN", "leave --vault out")


def test_a_reader_that_has_gone_is_no_traceback(vault: dict[str, str]) -> None:
    words = [sys.executable, "manage.py", "--help"]
    reader = subprocess.run(
        ["/bin/sh", "-c", '"$0" "$1" "$2" | true', *words],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **vault},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert reader.stderr == ""


def test_a_pool_that_no_worker_polls(
    vault: dict[str, str], prefect: Prefect, empty_database: Path
) -> None:
    done = manage(
        "status",
        "--exit-code",
        PREFECT_API_URL=str(prefect.api.base_url),
        CAFE24_DATABASE_URL=f"sqlite:///{empty_database}",
        CAFE24_VAULT_PREFIX="no-mall-at-all",
        **vault,
    )
    refused(done, 8, "No worker polls the pool cafe24", "worker start --pool cafe24")
