"""Repeatable draws: the same key always throws the same numbers.

A hash instead of `random.Random`: seeding that costs ten times as much as all
the draws of one product, and a catalogue may have a million products.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """About 500 bits of chance, drawn from a key."""

    __slots__ = ("_left",)

    def __init__(self, *key: object) -> None:
        digest = blake2b(repr(key).encode(), digest_size=64).digest()
        self._left = int.from_bytes(digest)

    def below(self, limit: int) -> int:
        """Draw a number from 0 up to but not including `limit`."""
        self._left, drawn = divmod(self._left, limit)
        return drawn

    def between(self, low: int, high: int) -> int:
        """Draw a number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        """Draw one of the choices."""
        return choices[self.below(len(choices))]

    def happens(self, percent: int) -> bool:
        """Tell whether something that happens so often happens now."""
        return self.below(100) < percent
