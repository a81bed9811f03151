"""`manage.py up`: a lasting local stack in one command, until Ctrl-C.

Prefect's server, a worker and our schedules: around the sandbox, which needs nothing
and forgets its mall, Vault and Slack at the end; or with `--real` around whatever the
settings say. Prefect's history and the product tables stay in the folder.
"""

import argparse
import contextlib
import os
import shlex
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cafe24.commands import MANAGE
from cafe24.errors import PrefectAway, UsageError
from cafe24.settings import PROJECT, Settings
from cli.only_one import only_one, refuse_taken
from cli.setup import put_in_place
from demo.connecting import connect
from demo.sandbox_world import start_sandbox
from demo.stage import Stage, only_these, prefect_environment

PORT = 4200
PORTS = range(1, 65_536)
PRODUCTS = 300
FOLDER = PROJECT / "var" / "up"
ENVIRONMENT = "environment.sh"
OURS = ("CAFE24_", "VAULT_", "PREFECT_")
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What our flows run in, and what a person may want to open and to type.

    Attributes:
        environment: what the processes get.
        told: the part of it that another terminal needs.
    """

    environment: Mapping[str, str]
    told: Mapping[str, str]
    urls: Mapping[str, str]
    next_steps: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `up`'s arguments."""
    parser.add_argument(
        "--real", action="store_true", help="with your own settings instead of the sandbox"
    )
    parser.add_argument(
        "--port", type=_port, default=PORT, metavar="N", help=f"Prefect's (default: {PORT})"
    )
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, metavar="DIR", help="what lasts (default: var/up)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Start everything, say where it is, and end it all at Ctrl-C."""
    folder, port = arguments.folder.resolve(), arguments.port
    settings = _own_settings(port) if arguments.real else None
    # A background job's SIGINT is ignored by default, and a closed terminal is an end too.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # But whoever starts it by nohup means it to outlive the terminal.
        if sign != signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN:
            signal.signal(sign, signal.default_int_handler)
    home = folder / ("real" if arguments.real else "sandbox")
    with only_one(folder, f"http://127.0.0.1:{port}"):
        refuse_taken(port)
        home.mkdir(exist_ok=True)
        print("Starting, which takes half a minute ...", flush=True)
        with Stage(home, is_lasting=True) as stage:
            around = _real(stage, port) if settings else _sandbox(stage, port)
            with only_these(around.environment, home):
                _raise(stage, around, settings, port)
                with _environment_file(home / ENVIRONMENT, around.told) as file:
                    _say(around, home, file)
                    _watch(stage)
    return 0


def _own_settings(port: int) -> Settings:
    """Return the settings that `--real` runs with.

    Raises:
        SettingsError: they cannot be used.
        UsageError: they name a Prefect of somebody else's.
    """
    settings = Settings.load()
    settings.keeper_tokens()
    known = os.environ.get("PREFECT_API_URL")
    if known and known != prefect_environment(FOLDER, port)["PREFECT_API_URL"]:
        raise UsageError(
            f"PREFECT_API_URL names a Prefect already: {known}",
            f"Use it ({MANAGE} setup, then start a worker), or unset it to have one here.",
        )
    return settings


def _real(stage: Stage, port: int) -> Surroundings:
    told = prefect_environment(stage.home, port)
    return Surroundings(
        environment={**os.environ, **told},
        told=told,
        urls={"prefect": told["PREFECT_UI_URL"]},
        next_steps=(
            f"{MANAGE} doctor",
            f"{MANAGE} app --help",
            f"{MANAGE} authorize MALL",
            f"{MANAGE} status",
        ),
    )


def _sandbox(stage: Stage, port: int) -> Surroundings:
    sandbox = start_sandbox(
        stage,
        products=None,
        product_count=PRODUCTS,
        database_url=None,
        outside_vault=None,
        prefect_port=port,
    )
    with only_these(sandbox.environment, stage.home):
        from cafe24.database.migrate import upgrade  # noqa: PLC0415 - Alembic, not for --help

        settings = Settings.load(stage.home)
        upgrade(settings.database_url.get_secret_value())
        mall = connect(sandbox, settings)
    return Surroundings(
        environment=sandbox.environment,
        told={name: sandbox.environment[name] for name in _ours(sandbox.environment)},
        urls=sandbox.urls(),
        next_steps=(f"{MANAGE} doctor", f"{MANAGE} sync {mall}", f"{MANAGE} status"),
    )


def _ours(environment: Mapping[str, str]) -> list[str]:
    return sorted(name for name in environment if name.startswith(OURS))


def _raise(stage: Stage, around: Surroundings, settings: Settings | None, port: int) -> None:
    """Start Prefect, put everything in place in it, start a worker."""
    stage.start_prefect(around.environment, port)
    put_in_place(settings or Settings.load(stage.home))
    stage.start_worker(around.environment)


@contextlib.contextmanager
def _environment_file(file: Path, told: Mapping[str, str]) -> Iterator[Path]:
    """Write what another terminal needs, for this user's eyes alone, as long as it is true."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in told.items()]
    file.write_text("".join(lines), encoding="utf-8")
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _say(around: Surroundings, home: Path, file: Path) -> None:
    print("Everything is up.")
    for name, url in {**around.urls, "folder": str(home)}.items():
        print(f"  {name:9} {url}")
    print("Next, in another terminal, in the project's folder:")
    for line in (f". {shlex.quote(str(file))}", *around.next_steps):
        print(f"  {line}")
    print("Ctrl-C ends everything; the folder stays.", flush=True)


def _watch(stage: Stage) -> None:
    """Wait to be stopped, which is how this is meant to end.

    Raises:
        PrefectAway: a part ended by itself.
    """
    try:
        while True:
            for name, process in stage.processes.items():
                if process.poll() is not None:
                    raise PrefectAway(
                        f"The {name} ended by itself: {stage.last_words(name)}",
                        f"Its log is in {stage.home}.",
                    )
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        print("Stopping ...")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) in PORTS):
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 1 to {PORTS[-1]}")
    return int(text)
