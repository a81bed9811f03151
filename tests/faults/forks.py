"""Forks: of a function, and of what the product starts with `subprocess.Popen`."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn


def forked(body: Callable[[], None], *, leads: bool = False) -> int:
    """Fork; the child does `body` and ends."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        if leads:
            os.setpgid(0, 0)
        _quiet()
        body()
        status = 0
    finally:
        os._exit(status)


def _quiet() -> None:
    """What the keeper warns of is expected here; what it answers goes through the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


class ForkedProcess:
    """As much of `subprocess.Popen` as the client of the helper uses, by a fork."""

    def __init__(
        self, _command: list[str], *, start_new_session: bool = False, **_how: Any
    ) -> None:
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self.returncode: int | None = None
        self._has_own_session = start_new_session
        self.pid = forked(lambda: self._become(theirs_in, theirs_out, (ours_in, ours_out)))
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin, self.stdout = os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb")

    def serve(self) -> None:
        """What the child does."""
        raise NotImplementedError

    def poll(self) -> int | None:
        """Return how it ended, if it has."""
        with contextlib.suppress(ChildProcessError):
            if self.returncode is None and os.waitpid(self.pid, os.WNOHANG)[0]:
                self.returncode = 0
        return self.returncode

    def wait(self) -> None:
        """Wait until it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self.returncode = 0

    def _become(self, requests: int, answers: int, others: tuple[int, int]) -> NoReturn:
        if self._has_own_session:
            os.setsid()
        for other in others:
            os.close(other)
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
        self.serve()
        os._exit(0)
