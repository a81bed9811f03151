"""The one place that calls Cafe24's token endpoint: one POST, never repeated."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cafe24.malls import MallId, api_url
from cafe24.secret import Secret
from cafe24.tokens.answer import Answer, Verdict, judged
from cafe24.tokens.document import AppDocument

if TYPE_CHECKING:
    from cafe24.tokens.request import Requests

CONNECT_S = 5.0
ANSWER_S = 15.0


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
        self, api_url_template: str, *, connect_s: float = CONNECT_S, answer_s: float = ANSWER_S
    ) -> None:
        self.template = api_url_template
        self.connect_s = connect_s
        self.answer_s = answer_s
        self._opening = threading.Lock()
        self._opened: Requests | None = None

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

    def opened(self) -> "Requests":
        """Return what sends; asked before a lease is taken, so that the lease does not wait.

        httpx takes a quarter of a second to import: a pair that is fresh needs none of it.
        """
        with self._opening:
            if self._opened is None:
                from cafe24.tokens.request import Requests  # noqa: PLC0415 - see above

                self._opened = Requests(self.connect_s, self.answer_s)
            return self._opened

    def close(self) -> None:
        """Release the client, if there is one."""
        if self._opened is not None:
            self._opened.close()

    def _post(
        self, mall: MallId, app: AppDocument, form: Mapping[str, str], permit: Permit
    ) -> Verdict:
        url = f"{api_url(self.template, mall)}/api/v2/oauth/token"
        answer = self.opened().post(url, app, form, lambda: permit.is_valid, permit.stopped)
        return judged(answer) if isinstance(answer, Answer) else answer
