"""Lets a piece of work come to its end, whatever the waiting caller is told meanwhile.

A grant whose answer is not kept is a token lost. So it runs in a thread of its own
while its caller waits on an event, and what would end the wait (Ctrl-C, SIGTERM, a
cancelled run) is held back until the work is done. `Thread.join` would lose it.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Shield(Generic[Result]):
    """One piece of work and its caller.

    The work may ask `is_stopping` and then end sooner, at a place where nothing is lost.
    """

    def __init__(self, work: Callable[[], Result], is_stopping: Callable[[], bool]) -> None:
        self._work = work
        self._is_stopping = is_stopping
        self._held_back: BaseException | None = None
        self._done = threading.Event()
        self._result: list[Result] = []
        self._failure: BaseException | None = None

    def is_stopping(self) -> bool:
        """Tell whether the caller, or the whole process, was asked to end."""
        return self._held_back is not None or self._is_stopping()

    def run(self) -> Result:
        """Do the work; then raise what was held back, else return the work's result."""
        threading.Thread(target=self._do, name="grant").start()
        while not self._done.is_set():
            try:
                self._done.wait()
            except BaseException as told:  # noqa: BLE001 - held back, raised below
                self._held_back = self._held_back or told
        if self._held_back is not None:
            raise self._held_back
        if self._failure is not None:
            raise self._failure
        return self._result[0]

    def _do(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as failure:  # noqa: BLE001 - raised in the caller's thread
            self._failure = failure
        finally:
            self._done.set()
