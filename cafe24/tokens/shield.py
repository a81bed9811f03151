"""Lets a piece of work come to its end, whatever the waiting caller is told meanwhile.

A grant whose answer is not kept is a token lost. So it runs in a thread of its own
while its caller waits on an event, and what would end the wait (Ctrl-C, SIGTERM, a
cancelled run) is held back until the work is done. `Thread.join` would lose it, and so
would a handler that raises: the second Ctrl-C comes while the first is being caught.
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Generic, TypeVar

Result = TypeVar("Result")

HELD_BACK = (signal.SIGINT, signal.SIGTERM)


class Shield(Generic[Result]):
    """One piece of work and its caller.

    The work may ask `is_stopping` and then end sooner, at a place where nothing is lost.
    """

    def __init__(self, work: Callable[[], Result], is_stopping: Callable[[], bool]) -> None:
        self._work = work
        self._is_stopping = is_stopping
        self._told: list[int | BaseException] = []
        self._done = threading.Event()
        self._result: list[Result] = []
        self._failure: BaseException | None = None

    def is_stopping(self) -> bool:
        """Tell whether the caller, or the whole process, was asked to end."""
        return bool(self._told) or self._is_stopping()

    def run(self) -> Result:
        """Do the work; then pass on what was held back, else return the work's result."""
        with self._signals_held_back():
            threading.Thread(target=self._do, name="grant").start()
            while not self._done.is_set():
                try:
                    self._done.wait()
                except BaseException as told:  # noqa: BLE001 - held back, passed on below
                    self._told.append(told)
        self._pass_on()
        if self._failure is not None:
            raise self._failure
        return self._result[0]

    @contextlib.contextmanager
    def _signals_held_back(self) -> Iterator[None]:
        """Only note what the main thread is told; other threads are told nothing by signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._note) for number in HELD_BACK}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._told.append(number)

    def _pass_on(self) -> None:
        """Raise, or have the usual handler do, what came first."""
        for told in self._told[:1]:
            if isinstance(told, BaseException):
                raise told
            signal.raise_signal(told)

    def _do(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as failure:  # noqa: BLE001 - raised in the caller's thread
            self._failure = failure
        finally:
            self._done.set()
