"""The token requests a mall has seen: for its limit, and for tests that ask who asked."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.mall.clock import dated

REQUESTS_PER_WINDOW = 15
WINDOW = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One POST to the token endpoint.

    Attributes:
        at: by the mall's clock.
        kind: its grant_type.
        outcome: `granted`, `rate_limited`, or the error that was answered.
        presented: the refresh token or code that came with it.
        issued: the refresh token that was answered.
    """

    at: datetime
    kind: str
    outcome: str
    presented: str
    issued: str = ""


class TokenRequests:
    """Every POST to one mall's token endpoint."""

    def __init__(self) -> None:
        self._all: list[TokenRequest] = []

    def note(self, request: TokenRequest) -> None:
        """Remember one request."""
        self._all.append(request)

    def is_over_limit(self, now: datetime) -> bool:
        """Tell whether fifteen requests were served within the last two hours."""
        served = [
            one
            for one in self._all
            if one.outcome != "rate_limited" and now - WINDOW < one.at <= now
        ]
        return len(served) >= REQUESTS_PER_WINDOW

    def outcomes(self) -> Counter[str]:
        """Return how many requests ended how."""
        return Counter(one.outcome for one in self._all)

    def last_granted_at(self) -> datetime | None:
        """Return when a request was granted last."""
        granted = (one.at for one in reversed(self._all) if one.outcome == "granted")
        return next(granted, None)

    def told(self) -> list[dict[str, Any]]:
        """Return all requests, oldest first, as JSON."""
        return [{**asdict(one), "at": dated(one.at)} for one in self._all]
