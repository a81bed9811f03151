"""Prefect pickles what a task raises; nothing of it may be lost on the way."""

import inspect
import pickle

import pytest

from cafe24 import errors

ALL = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.CafeError)
]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_survives_pickling(kind: type[errors.CafeError]) -> None:
    error = kind("What is wrong.", "What to do.")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is kind
    assert (copy.message, copy.next_step) == ("What is wrong.", "What to do.")
    assert str(copy) == "What is wrong. What to do."


def test_what_an_error_carries_survives_too() -> None:
    limited = pickle.loads(pickle.dumps(errors.RateLimited("a", "b", 7.5)))  # noqa: S301
    assert limited.retry_after_s == 7.5
    broken = pickle.loads(pickle.dumps(errors.ContractBroken("a", "b", "products[3]")))  # noqa: S301
    assert broken.path == "products[3]"


def test_every_error_has_an_exit_code_of_the_contract() -> None:
    assert {kind.exit_code for kind in ALL} <= {1, 2, 3, 4, 5, 6, 7, 8}


def test_the_tree_at_the_top_names_every_error() -> None:
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in ALL if kind.__name__ not in drawn] == []
