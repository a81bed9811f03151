"""A Vault and a mall of the sandbox for one worker of the bench: forked, warm, its own.

Each worker has both for itself, because sealing, rolling back and fault orders are
about a whole Vault.
"""

import ctypes
import json
import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

from sandbox.__main__ import main as serve_sandbox

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Servers:
    """The ready lines of both."""

    vault: dict[str, Any]
    mall: dict[str, Any]


def start_servers() -> Servers:
    """Fork both; they end with the process that calls this."""
    return Servers(_served("vault"), _served("mall", "--product-count", "1"))


def end_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, however that ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _served(*words: str) -> dict[str, Any]:
    reading, writing = os.pipe()
    if os.fork() == 0:
        _serve(writing, words)
    os.close(writing)
    with os.fdopen(reading) as lines:
        ready: dict[str, Any] = json.loads(lines.readline())
    return ready


def _serve(writing: int, words: tuple[str, ...]) -> None:
    end_with_parent()
    os.dup2(writing, 1)
    # It complains of clients that are killed in the middle of a request.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.argv = ["sandbox", *words]
    try:
        serve_sandbox()
    finally:
        os._exit(0)
