"""Rate limit quotas: how many requests of one client are served in an interval.

The counter is the one that Vault uses: so many for each interval, which begins with the
client's first request. Some paths are never counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.vault.wire.answers import Refusal

EXEMPT = frozenset(
    {
        "sys/generate-recovery-token/attempt",
        "sys/generate-recovery-token/update",
        "sys/generate-root/attempt",
        "sys/generate-root/update",
        "sys/health",
        "sys/seal-status",
        "sys/unseal",
    }
)


@dataclass(slots=True)
class RateLimit:
    """One quota; `path` is a mount or a path in one, "" all of Vault."""

    name: str
    path: str
    rate: float
    interval_s: int
    clients: dict[str, "_Window"] = field(default_factory=dict)

    def take(self, client: str, now_s: float) -> "Taken":
        """Count one request."""
        most = round(self.rate)
        window = self.clients.setdefault(client, _Window(now_s, most))
        gone = int((now_s - window.began_s) / self.interval_s)
        if gone:
            window.began_s += gone * self.interval_s
            window.left = most
        is_allowed = window.left > 0
        window.left -= is_allowed
        reset_s = int(window.began_s + self.interval_s - now_s)
        return Taken(most, window.left, reset_s, is_allowed=is_allowed)


@dataclass(slots=True)
class _Window:
    began_s: float
    left: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a quota says to one request; seconds are cut to whole ones, as Vault does it."""

    limit: int
    remaining: int
    reset_s: int
    is_allowed: bool

    def headers(self) -> dict[str, str]:
        """Return the headers that Vault sends where its `sys/quotas/config` says so."""
        told = {
            "X-Ratelimit-Limit": str(self.limit),
            "X-Ratelimit-Remaining": str(self.remaining),
            "X-Ratelimit-Reset": str(self.reset_s),
        }
        return told if self.is_allowed else {**told, "Retry-After": str(self.reset_s)}


class Quotas:
    """All quotas, and whether answers tell of them."""

    def __init__(self) -> None:
        self.has_headers = False
        self.by_name: dict[str, RateLimit] = {}

    def taken(self, path: str, client: str, now_s: float) -> Taken | None:
        """Count a request at the quota that is nearest to its path; None where none is."""
        near = [one for one in self.by_name.values() if path.startswith(one.path)]
        if not near or path in EXEMPT:
            return None
        return max(near, key=lambda one: len(one.path)).take(client, now_s)

    def headers_of(self, taken: Taken | None) -> Mapping[str, str]:
        """Return what an answer tells of its quota: nothing, unless that was asked for."""
        return taken.headers() if taken is not None and self.has_headers else {}


def exceeded(path: str) -> Refusal:
    """Return what Vault says to one request too many, whoever sent it."""
    return Refusal(429, f'request path "{path}": rate limit quota exceeded')
