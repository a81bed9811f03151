"""One POST to a token endpoint, never repeated: what httpx does for it.

A new connection each time, HTTP/1.1, no redirects, no proxies, no retries. httpx
bounds each network operation but not the whole, so the body is streamed under a
deadline of our own; and httpx may send after a late connect, so a trace hook
looks at the deadline once more before the first byte leaves. Until then nothing
is spent, and that can be proved; after that, only an answer is proof.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from cafe24.tokens.answer import Answer, NotSpent, Unclear
from cafe24.tokens.document import AppDocument

LARGEST_ANSWER = 256 * 1024
LONGEST_ANSWER_S = 600.0
"""How long an answer may drip: well within the time after which a lost one is settled."""

_LEAVES = "http11.send_request_headers.started"


class _NotSent(Exception):
    """The deadline passed, or a stop was asked for, before the first byte left."""


class Requests:
    """POSTs forms, each on a connection of its own."""

    def __init__(self, connect_s: float, answer_s: float) -> None:
        self._answer_s = answer_s
        self._client = httpx.Client(
            timeout=httpx.Timeout(answer_s, connect=connect_s),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Release the client."""
        self._client.close()

    def post(
        self,
        url: str,
        app: AppDocument,
        form: Mapping[str, str],
        may_leave: Callable[[], bool],
        is_stopping: Callable[[], bool],
    ) -> Answer | NotSpent | Unclear:
        """Send the form, if it still may leave; nothing is raised.

        An answer that has begun to come is read on, also past the deadline: it is the
        only proof, and the tokens may be in it. Who is stopping waits no longer for it.
        """
        has_left = False

        def before_each_step(step: str, _info: Mapping[str, Any]) -> None:
            nonlocal has_left
            if step == _LEAVES:
                if not may_leave():
                    raise _NotSent
                has_left = True

        try:
            return self._answer(url, app, form, before_each_step, is_stopping)
        except _NotSent:
            return NotSpent("not sent: too late, or asked to stop", timedelta(0))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failure:
            said = type(failure).__name__
            if has_left:
                return Unclear(f"no answer ({said})")
            return NotSpent(f"not sent: no connection ({said})", timedelta(0))

    def _answer(
        self,
        url: str,
        app: AppDocument,
        form: Mapping[str, str],
        trace: Callable[[str, Mapping[str, Any]], None],
        is_stopping: Callable[[], bool],
    ) -> Answer:
        began = time.monotonic()

        def ends_at() -> float:
            return began + (self._answer_s if is_stopping() else LONGEST_ANSWER_S)

        with self._client.stream(
            "POST",
            url,
            data=dict(form),
            auth=(app.client_id, app.client_secret.reveal()),
            extensions={"trace": trace},
        ) as response:
            body, is_whole = _read(response, ends_at)
        wait = response.headers.get("Retry-After", "")
        return Answer(
            response.status_code,
            body,
            is_whole,
            retry_after_s=float(wait) if wait.isdigit() else None,
            date=_date(response.headers.get("Date", "")),
        )


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _read(response: httpx.Response, ends_at: Callable[[], float]) -> tuple[bytes, bool]:
    """Return the body as far as it came, and whether that is all of it."""
    body = bytearray()
    with contextlib.suppress(httpx.HTTPError):
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER or time.monotonic() > ends_at():
                return bytes(body), False
        return bytes(body), True
    return bytes(body), False
