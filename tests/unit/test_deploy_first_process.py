"""A container's first process ends when nobody is left: what a worker leaves behind finishes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cafe24.settings import PROJECT
from tests.waiting import first_true

PATIENCE_S = 30

FIRST = PROJECT / "deploy" / "first_process.py"

HELPER = """
import pathlib, signal, sys, threading
told = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: told.set())
pathlib.Path(sys.argv[1], "helper").touch()
while not told.wait(0.05):
    pass
pathlib.Path(sys.argv[1], "saved").touch()
"""
"""Stands for a keeper's helper: told to stop, it saves."""

WORKER = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", '''{HELPER}''', sys.argv[1]], start_new_session=True)
time.sleep(600)
"""
"""Dies of a SIGTERM at once, as a worker does."""


def started(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, FIRST, *command])


@pytest.fixture
def worker(tmp_path: Path) -> subprocess.Popen[bytes]:
    process = started(sys.executable, "-c", WORKER, str(tmp_path))
    first_true((tmp_path / "helper").exists, PATIENCE_S)
    return process


@pytest.mark.parametrize("code", [0, 3])
def test_it_ends_with_the_commands_exit_code(code: int) -> None:
    assert started(sys.executable, "-c", f"raise SystemExit({code})").wait() == code


def test_a_command_that_was_killed_gives_what_a_shell_gives() -> None:
    assert started("sh", "-c", "kill -KILL $$").wait() == 128 + signal.SIGKILL


@pytest.mark.parametrize("command", [[], ["not-there"], ["/"]])
def test_a_command_that_cannot_be_started_is_one_line(command: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, FIRST, *command], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 127
    assert len(ended.stderr.splitlines()) == 1
    assert "Usage: python deploy/first_process.py" in ended.stderr


def test_a_stop_waits_until_the_helper_has_saved(
    worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    worker.terminate()
    assert worker.wait() == 128 + signal.SIGTERM
    assert (tmp_path / "saved").exists()


def test_so_does_a_worker_that_dies_by_itself(
    worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    [pid, *_] = children(worker)
    os.kill(pid, signal.SIGKILL)
    assert worker.wait() == 128 + signal.SIGKILL
    assert (tmp_path / "saved").exists()


def test_orphans_that_end_while_the_command_runs_do_not_stay_as_zombies(tmp_path: Path) -> None:
    script = "(sleep 0.1 &) ; sleep 0.1; touch $0; sleep 600"
    process = started("sh", "-c", script, str(tmp_path / "late"))
    first_true((tmp_path / "late").exists, PATIENCE_S)
    first_true(lambda: len(children(process)) == 1, PATIENCE_S)
    process.terminate()
    process.wait()


def test_who_does_not_end_is_ended(tmp_path: Path) -> None:
    stubborn = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    )
    file = tmp_path / "stubborn"
    program = (
        f"import sys; sys.path.insert(0, {str(FIRST.parent)!r}); import first_process as it;"
        "it.PATIENCE_S = 0.5; sys.exit(it.main(sys.argv[1:]))"
    )
    leave = f"{sys.executable} -c '{stubborn}' {file} & while [ ! -e {file} ]; do :; done"
    ended = subprocess.run([sys.executable, "-c", program, "sh", "-c", leave], check=False)
    assert ended.returncode == 0


def children(process: subprocess.Popen[bytes]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    return [int(pid) for pid in listed.split()]
