"""Lets one process at a time live in a folder, and a second one know where the first is."""

import contextlib
import fcntl
import socket
from collections.abc import Iterator
from pathlib import Path

from cafe24.errors import UsageError

LOCK = "lock"


@contextlib.contextmanager
def only_one(folder: Path, address: str) -> Iterator[None]:
    """Hold the folder, which is made if need be; the system lets go of it however we end.

    Raises:
        UsageError: another process holds it, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as refusal:
        raise UsageError(
            f"The folder {folder} cannot be used: {refusal.strerror}.", "Name one by --folder."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise UsageError(
                f"It is up already, in {folder}: {lock.read().strip()}",
                "Use that one, or end it first by Ctrl-C in its terminal.",
            ) from None
        lock.truncate(0)
        lock.write(address)
        lock.flush()
        yield


def refuse_taken(port: int) -> None:
    """Make sure that nobody listens on a port of this machine.

    Raises:
        UsageError: somebody does.
    """
    with socket.socket() as probe:
        # A connection that has just ended keeps nobody from listening.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as refusal:
            raise UsageError(
                f"Port {port} cannot be used: {(refusal.strerror or 'no such port').lower()}.",
                "End what listens there, or choose another: manage.py up --port 4201",
            ) from None
