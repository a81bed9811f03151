"""Prices, which Cafe24 writes as texts."""

from decimal import Decimal, InvalidOperation
from typing import Any


def money(value: Any) -> Decimal:
    """Read a price; what is no number counts as nothing, for given records may hold anything."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)
