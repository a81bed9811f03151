"""Waits for what another process brings about."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")
POLL_S = 0.1


def first_true(found: Callable[[], T | None], patience_s: float) -> T:
    """Return the first true thing that `found` gives, or fail the test."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if value := found():
            return value
        time.sleep(POLL_S)
    pytest.fail(f"nothing came in {patience_s:g} s")
