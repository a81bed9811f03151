"""Waits while Vault limits us: it answers 429, and has not done what was asked.

Any request may be made again then, a check-and-set write too. Who was refused waits in a line:
one of them asks until Vault serves again, and each that is served lets two more follow. So the
one that came first is served first, and a fleet does not hammer at a closed door.

Sources: Vault's rate limit quotas. The answer is 429 with
`request path "...": rate limit quota exceeded`; `Retry-After` comes only where
`sys/quotas/config` turns headers on: whole seconds, cut (0 is less than one), and a date before
Vault 1.8. A standby's `sys/health` is 429 too, and no limit.
"""

import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests
from hvac.adapters import RawAdapter

from cafe24.errors import VaultAway

PATIENCE_S = 30.0
"""How long a request is made again before its caller is told: well within a lease."""

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0

WIDEST = 64
"""How many may be let in at once, however long Vault has been serving."""


class PatientAdapter(RawAdapter):
    """Asks Vault as hvac does, and again while Vault has no room for the request."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._line = Line()

    def request(
        self, method: str, url: str, headers: Any = None, raise_exception: bool = True, **more: Any
    ) -> requests.Response:
        """Return Vault's answer; one that must not raise is returned as it is.

        Raises:
            VaultAway: Vault has no room for us; carries the seconds to wait, if it told them.
        """

        def ask() -> requests.Response:
            answer: requests.Response = RawAdapter.request(
                self, method, url, headers, raise_exception=False, **more
            )
            return answer

        if not raise_exception:
            return ask()
        answer = self._served(ask)
        if not answer.ok:
            self._raise_for_error(method, url, answer)  # type: ignore[attr-defined]  # stubs lack it
        return answer

    def _served(self, ask: Callable[[], requests.Response]) -> requests.Response:
        """Return an answer that is no 429, in the order of those who wait for one."""
        gives_up_at, pause_s = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
        answer = None if self._line.length else ask()
        if answer is not None and not _is_limited(answer):
            return answer
        with self._line.turn(PATIENCE_S) as has_waited:
            # What was said before others were served says nothing any more.
            if answer is None or has_waited:
                answer = ask()
            while _is_limited(answer):
                self._line.narrow()
                _wait(answer, pause_s, gives_up_at)
                answer, pause_s = ask(), min(pause_s * 2, LONGEST_PAUSE_S)
            self._line.widen()
        return answer


class Line:
    """Those whom Vault had no room for, let in by the order in which they came."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._inside = 0
        self._width = 1

    @property
    def length(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextlib.contextmanager
    def turn(self, patience_s: float) -> Iterator[bool]:
        """Wait to be let in; tell whether that took any waiting.

        Raises:
            VaultAway: it took too long.
        """
        let_in = threading.Event()
        with self._changing:
            self._waiting.append(let_in)
            self._let_in()
        has_waited = not let_in.is_set()
        if not let_in.wait(patience_s) and self._has_left(let_in):
            raise _limited(None)
        try:
            yield has_waited
        finally:
            with self._changing:
                self._inside -= 1
                self._let_in()

    def widen(self) -> None:
        """Let more in: Vault serves."""
        with self._changing:
            self._width = min(self._width * 2, WIDEST)
            self._let_in()

    def narrow(self) -> None:
        """Let nobody in but one at a time: Vault does not serve."""
        with self._changing:
            self._width = 1

    def _let_in(self) -> None:
        while self._waiting and self._inside < self._width:
            self._inside += 1
            self._waiting.popleft().set()

    def _has_left(self, let_in: threading.Event) -> bool:
        """Leave the line, unless one was let in at the last moment."""
        with self._changing:
            if let_in.is_set():
                return False
            self._waiting.remove(let_in)
            return True


def _is_limited(answer: requests.Response) -> bool:
    return answer.status_code == HTTPStatus.TOO_MANY_REQUESTS


def _wait(answer: requests.Response, pause_s: float, gives_up_at: float) -> None:
    """Wait as long as Vault says, and a little, so that its clients do not come all at once.

    Raises:
        VaultAway: our patience would be over by then.
    """
    told_s = _told_s(answer)
    wait_s = (told_s or 0.0) + pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
    if time.monotonic() + wait_s > gives_up_at:
        raise _limited(told_s)
    time.sleep(wait_s)


def _told_s(answer: requests.Response) -> float | None:
    """Return how many seconds Vault asks us to wait; None where it tells nothing of use."""
    told = answer.headers.get("Retry-After", "")
    if told.isdecimal():
        return float(told)
    try:
        until = parsedate_to_datetime(told)
        now = parsedate_to_datetime(answer.headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _limited(told_s: float | None) -> VaultAway:
    return VaultAway(
        "Vault asks us to slow down (429).",
        "It is tried again. If it stays, raise the rate limit quota of our path: "
        "vault list sys/quotas/rate-limit.",
        retry_after_s=told_s,
    )
