"""The one place that calls Cafe24's token endpoint: one POST, never repeated.

A new connection each time, HTTP/1.1, no redirects, no proxies, no retries. httpx
bounds each network operation but not the whole, so the body is streamed under a
deadline of our own; and httpx may send after a late connect, so a trace hook
looks at the deadline once more before the first byte leaves. Until then nothing
is spent, and that can be proved; after that, only an answer is proof.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from cafe24.malls import MallId, api_url
from cafe24.secret import Secret
from cafe24.tokens.answer import Answer, NotSpent, Unclear, Verdict, judged
from cafe24.tokens.document import AppDocument

CONNECT_S = 5.0
ANSWER_S = 15.0
LARGEST_ANSWER = 256 * 1024

_LEAVES = "http11.send_request_headers.started"


class _NotSent(Exception):
    """The deadline passed, or a stop was asked for, before the first byte left."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Until when a request may still leave, by CLOCK_BOOTTIME or its like.

    `stopped` tells whether this process was asked to end.
    """

    deadline: float
    clock: Callable[[], float] = time.monotonic
    stopped: Callable[[], bool] = lambda: False

    @property
    def is_valid(self) -> bool:
        """Whether the first byte may leave now."""
        return self.clock() < self.deadline and not self.stopped()


class TokenEndpoint:
    """POSTs to `/api/v2/oauth/token` of any mall and judges the answer."""

    def __init__(
        self,
        api_url_template: str,
        *,
        connect_s: float = CONNECT_S,
        answer_s: float = ANSWER_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.template = api_url_template
        self.answer_s = answer_s
        self._client = httpx.Client(
            timeout=httpx.Timeout(answer_s, connect=connect_s),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )

    def refresh(self, mall: MallId, app: AppDocument, token: Secret, permit: Permit) -> Verdict:
        """Spend the refresh token. Every outcome is a verdict; nothing is raised."""
        form = {"grant_type": "refresh_token", "refresh_token": token.reveal()}
        return self._post(mall, app, form, permit)

    def exchange(
        self, mall: MallId, app: AppDocument, code: Secret, verifier: Secret, permit: Permit
    ) -> Verdict:
        """Spend the authorization code, which lives one minute."""
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": app.redirect_uri,
            "code_verifier": verifier.reveal(),
        }
        return self._post(mall, app, form, permit)

    def close(self) -> None:
        """Release the client."""
        self._client.close()

    def _post(
        self, mall: MallId, app: AppDocument, form: Mapping[str, str], permit: Permit
    ) -> Verdict:
        has_left = False

        def before_each_step(step: str, _info: Mapping[str, Any]) -> None:
            nonlocal has_left
            if step == _LEAVES:
                if not permit.is_valid:
                    raise _NotSent
                has_left = True

        try:
            return judged(self._answer(mall, app, form, before_each_step))
        except _NotSent:
            return NotSpent("not sent: too late, or asked to stop", timedelta(0))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failure:
            said = type(failure).__name__
            if has_left:
                return Unclear(f"no answer ({said})")
            return NotSpent(f"not sent: no connection ({said})", timedelta(0))

    def _answer(
        self,
        mall: MallId,
        app: AppDocument,
        form: Mapping[str, str],
        trace: Callable[[str, Mapping[str, Any]], None],
    ) -> Answer:
        ends_at = time.monotonic() + self.answer_s
        with self._client.stream(
            "POST",
            f"{api_url(self.template, mall)}/api/v2/oauth/token",
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


def _read(response: httpx.Response, ends_at: float) -> tuple[bytes, bool]:
    """Return the body as far as it came, and whether that is all of it."""
    body = bytearray()
    with contextlib.suppress(httpx.HTTPError):
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER or time.monotonic() > ends_at:
                return bytes(body), False
        return bytes(body), True
    return bytes(body), False
