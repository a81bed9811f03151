"""Finds the command, runs it, and turns every error into one line and an exit code.

A command's module is imported only when it is asked for: what needs no Prefect
does not wait three seconds for it.
"""

import argparse
import importlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from cafe24.errors import CafeError
from cli.output import print_error

COMMANDS = {
    "demo": "tell the whole story on a machine that has nothing",
    "up": "run Prefect, a worker and the schedules here until Ctrl-C",
    "setup": "create or update tables, keys in Vault, blocks, deployments and automations",
    "app": "store an app's client secret, redirect URI and scopes in Vault",
    "authorize": "connect a mall: its principal operator consents, Vault gets the tokens",
    "import": "take over a mall's tokens from elsewhere: a file, or stdin",
    "refresh": "make sure that a mall's tokens are fresh, spending one grant at most",
    "drain": "bring home the tokens that are sealed on this host",
    "pause": "spend no token of a mall until it is resumed",
    "resume": "let a paused mall go on as what it was",
    "remove": "take a mall out; it can be brought back",
    "keep-warm": "say whether a mall's access token shall always be fit for readers",
    "sync": "bring a mall's products into the database",
    "export": "write products, variants or changes as CSV, from the database alone",
    "snooze": "hear no reminders of a mall's open incidents for a while",
    "prune": "delete the history that is older than it is kept",
    "status": "show how every mall stands",
    "doctor": "look at what everything rests on, and say what to mend",
}

_MODULES = {"import": "import_pair", "keep-warm": "keep_warm"}
"""Where a command's own word is none for a module."""

EXIT_CODES = """exit codes:
  0 ok   1 done, something is wrong   2 usage   3 settings   4 Vault
  5 a person is needed   6 Cafe24   7 database   8 Prefect   130 stopped"""

INTERRUPTED = 130
TERMINATED = 128 + signal.SIGTERM


class Terminated(BaseException):
    """SIGTERM: raised like Ctrl-C, so that what must not be interrupted can hold it back."""


class Command(Protocol):
    """A command's module."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; return the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        try:
            return _run(list(sys.argv[1:] if arguments is None else arguments))
        finally:
            sys.stdout.flush()
    except (KeyboardInterrupt, Terminated) as told:
        print("Stopped.", file=sys.stderr)
        return TERMINATED if isinstance(told, Terminated) else INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; what Python flushes at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _run(words: Sequence[str]) -> int:
    parser, command = _parser(words)
    parsed = parser.parse_args(words)
    if command is None:
        parser.print_help()
        return 2
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return command.run(parsed)
    except CafeError as error:
        print_error(error, as_json=getattr(parsed, "json", False))
        return error.exit_code


def _terminate(_signal: int, _frame: object) -> None:
    raise Terminated


def _parser(words: Sequence[str]) -> tuple[argparse.ArgumentParser, Command | None]:
    """Return the parser; only the asked command's module is imported."""
    parser = argparse.ArgumentParser(
        prog="manage.py",
        description="Keeps Cafe24 mall integrations alive.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    asked = next((word for word in words if not word.startswith("-")), None)
    command = None
    for name, description in COMMANDS.items():
        subparser = commands.add_parser(name, help=description, description=description)
        if name == asked:
            command = cast("Command", importlib.import_module(f"cli.{_MODULES.get(name, name)}"))
            command.add_arguments(subparser)
    return parser, command
