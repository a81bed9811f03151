"""How often Vault was asked what, so that a bench can say: so many calls a mall."""

import posixpath
from collections import Counter
from typing import Any


class CallCounts:
    """Counts of all requests of Vault's own API, whatever became of them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def note(self, method: str, path: str) -> None:
        """Count one request under the path without its last name."""
        self._counts[method, posixpath.dirname(path)] += 1

    def clear(self) -> None:
        """Begin to count anew."""
        self._counts.clear()

    def told(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        counts = [
            {"method": method, "folder": folder, "count": count}
            for (method, folder), count in sorted(self._counts.items())
        ]
        return {"total": self._counts.total(), "counts": counts}
