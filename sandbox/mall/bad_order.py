"""What control cannot do."""

from math import isfinite
from typing import Any


class BadOrder(Exception):
    """One line that says what is wrong with an order, and what would be right.

    Nothing was done.
    """


def is_number(value: Any, *, least: float = 0, most: float) -> bool:
    """Tell whether JSON gave a number between `least` and `most`; true and false are none."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and isfinite(value) and least <= value <= most
