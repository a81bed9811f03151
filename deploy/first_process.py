"""A container's first process: starts a command, and ends when nobody is left.

A container ends with its first process; whoever else lives in it is killed. A worker that
is told to stop ends within milliseconds, while the helper of a run that refreshes needs up
to 25 s to save or seal the token that it has just spent. So neither the worker may be the
first process nor an init that ends with it, such as that of `docker run --init`: here the
helpers are told to stop too, as systemd does it, and waited for.

It ends with the command's exit code. Linux alone has `prctl`, and these containers.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PATIENCE_S = 55.0
"""How long those that are left may take: less than the minute that the container has."""

PR_SET_CHILD_SUBREAPER = 36
"""From Linux's sys/prctl.h. What loses its parent becomes ours, also where we are not first."""

CANNOT_START = 127
"""As a shell says it."""

USAGE = "python deploy/first_process.py COMMAND [ARGUMENT ...]"

STOPS = {signal.SIGTERM, signal.SIGINT}


def main(command: list[str]) -> int:
    """Run the command and everything that it leaves behind; return its exit code."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # A stop that comes before there is anybody to tell waits until there is.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        started = os.posix_spawnp(
            command[0], command, os.environ, setsigmask=(), setsigdef=(*STOPS, signal.SIGPIPE)
        )
    except (OSError, IndexError) as refusal:
        said = getattr(refusal, "strerror", "no command was given")
        sys.stderr.write(f"{' '.join(command[:1])}: {said}. Usage: {USAGE}\n")
        return CANNOT_START
    signal.signal(signal.SIGTERM, lambda *_: _tell(started))
    # A terminal's Ctrl-C reaches the command by itself.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    code = _wait_for(started)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _see_off_those_left()
    return code if code >= 0 else 128 - code


def _wait_for(started: int) -> int:
    """Return how the command ended; orphans that end meanwhile are taken off the list."""
    while True:
        pid, status = os.wait()
        if pid == started:
            return os.waitstatus_to_exitcode(status)


def _see_off_those_left() -> None:
    """Tell each to stop, once, and wait until it has; after PATIENCE_S end them."""
    signal.signal(signal.SIGALRM, lambda *_: _tell(*_children(), what=signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S, 1)
    told: set[int] = set()
    while children := _children():
        _tell(*children - told)
        told |= children
        os.wait()


def _children() -> set[int]:
    own = os.getpid()
    return {int(pid) for pid in Path(f"/proc/{own}/task/{own}/children").read_text().split()}


def _tell(*pids: int, what: signal.Signals = signal.SIGTERM) -> None:
    for pid in pids:
        os.kill(pid, what)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
