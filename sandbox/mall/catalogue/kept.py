"""What was encoded once stays at hand, as long as all of it does not weigh too much."""

from collections import deque
from typing import Protocol

MOST_BYTES = 2**30
"""Of all malls together: 180,000 products with their variants."""


class Forgetful(Protocol):
    """What can be encoded again."""

    def forget(self) -> None:
        """Let go of what was encoded."""


class Kept:
    """Who holds something encoded, the oldest first; too much, and the oldest lets go."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._held: deque[tuple[Forgetful, int]] = deque()

    def keep(self, holder: Forgetful, size: int) -> None:
        """Note that the holder has that many bytes more."""
        self._held.append((holder, size))
        self._bytes += size
        while self._bytes > self._most_bytes:
            oldest, freed = self._held.popleft()
            oldest.forget()
            self._bytes -= freed
