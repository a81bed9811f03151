"""`manage.py up` as a person uses it: one at a time, for other terminals too, gone at Ctrl-C."""

import contextlib
import json
import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cafe24.settings import PROJECT

UP_S = 300


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def plain_environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def manage(*words: str, environment: dict[str, str] | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env={**plain_environment(), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=UP_S,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def up(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Start it and wait until it says that everything is up; kill nothing but what is left."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--folder", str(folder), "--port", str(port)],
        cwd=PROJECT,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        for line in process.stdout:
            if line.startswith("Ctrl-C ends"):
                break
        else:
            pytest.fail(process.stderr.read())
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=UP_S)


def told(folder: Path) -> dict[str, str]:
    """Return what the file says that another terminal is to read."""
    file = folder / "sandbox" / "environment.sh"
    assert file.stat().st_mode & 0o777 == 0o600
    words = [line.removeprefix("export ") for line in file.read_text().splitlines()]
    return {name: shlex.split(value)[0] for name, _, value in (one.partition("=") for one in words)}


@pytest.mark.usefixtures("ctrl_c")
def test_it_is_up_once_serves_other_terminals_ends_whole_and_comes_back_with_its_data(
    tmp_path: Path,
) -> None:
    port = free_port()
    with up(tmp_path, port) as process:
        code, _, err = manage("up", "--folder", str(tmp_path), "--port", str(free_port()))
        assert (code, err.count("\n")) == (2, 1)
        assert f"up already, in {tmp_path}: http://127.0.0.1:{port}" in err
        code, _, err = manage("up", "--folder", str(tmp_path / "other"), "--port", str(port))
        assert (code, err.count("\n")) == (2, 1)
        assert f"Port {port} cannot be used: address already in use" in err

        environment = told(tmp_path)
        deployed: Any = httpx.post(
            f"{environment['PREFECT_API_URL']}/deployments/filter", json={}, timeout=60
        ).json()
        assert {one["work_pool_name"] for one in deployed} == {"cafe24"}
        code, out, err = manage("status", "--json", environment=environment)
        [mall] = json.loads(out)["malls"]
        assert (code, mall["mall_id"], mall["status"]) == (0, "samplemall", "active"), err
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=UP_S)
        assert (process.returncode, err) == (0, "")
    vault = int(environment["VAULT_ADDR"].rpartition(":")[2])
    assert not listens(port)
    assert not listens(vault)
    assert not (tmp_path / "sandbox" / "environment.sh").exists()

    with up(tmp_path, port):
        database = sqlite3.connect(tmp_path / "sandbox" / "cafe24.sqlite")
        generations = database.execute("SELECT generation FROM token_grant ORDER BY id").fetchall()
        database.close()
        assert generations == [(1,), (2,)]


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    code, _, err = manage("up", "--folder", str(tmp_path), f"--port={port}")
    assert code == 2
    assert "no port from 1 to 65535" in err


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, err = manage("up", "--folder", str(tmp_path / "file" / "in"))
    assert (code, err.count("\n")) == (2, 1)
    assert "--folder" in err


def test_real_settings_are_looked_at_before_anything_starts(tmp_path: Path) -> None:
    folder = ("--folder", str(tmp_path))
    code, _, err = manage("up", "--real", *folder, environment={"VAULT_ADDR": "https://a.example"})
    assert code == 3
    assert "VAULT_TOKEN" in err
    real = {"VAULT_ADDR": "https://a.example", "VAULT_TOKEN": "invented"}
    theirs = {**real, "PREFECT_API_URL": "https://prefect.example/api"}
    code, _, err = manage("up", "--real", *folder, environment=theirs)
    assert (code, err.count("\n")) == (2, 1)
    assert "https://prefect.example/api" in err
    assert list(tmp_path.iterdir()) == []
