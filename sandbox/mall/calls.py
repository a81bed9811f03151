"""What was called, so that a test can say: those, and nothing else."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 1000

NO_ANSWER = 0
"""The status noted for a call whose answer never left."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `query` is never kept of OAuth calls, whose queries hold codes."""

    at: str
    mall_id: str
    endpoint: str
    method: str
    path: str
    query: str
    status: int
    took_ms: float


class CallLog:
    """Counts of all calls, and the last thousand themselves."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._recent: deque[Call] = deque(maxlen=_KEPT)

    def note(self, call: Call) -> None:
        """Remember one call."""
        self._counts[call.mall_id, call.endpoint, call.status] += 1
        self._recent.append(call)

    def clear(self) -> None:
        """Begin to count anew."""
        self._counts.clear()
        self._recent.clear()

    def counts(self, mall_id: str | None = None) -> list[dict[str, Any]]:
        """Return how often each mall's endpoints answered each status; 0 is no answer."""
        return [
            {"mall_id": mall, "endpoint": endpoint, "status": status, "count": count}
            for (mall, endpoint, status), count in sorted(self._counts.items())
            if mall_id in {None, mall}
        ]

    def recent(self, mall_id: str | None = None) -> list[dict[str, Any]]:
        """Return the last calls, newest first."""
        return [asdict(call) for call in reversed(self._recent) if mall_id in {None, call.mall_id}]
