"""What a fleet's tests do with shards: run them as workers would, and look at them."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cafe24.malls import MallId
from tests.integration.surroundings import LIFE, Shop, ran

FLOWS = ("refresh-tokens-shard", "sync-products-shard", "check-expiry-shard")

SIZE = 3
"""Malls a shard, so that seven need some."""


def shards(shop: Shop) -> list[dict[str, Any]]:
    """Return the rows of the newest fan-out's shards, in the order in which they are due."""
    return shop.rows(
        "SELECT * FROM fan_out_shard WHERE fan_out_id = "
        "(SELECT id FROM fan_out ORDER BY started_at DESC LIMIT 1) ORDER BY due_at, shard_no"
    )


def all_ran(shop: Shop, flow: Callable[..., Coroutine[Any, Any, Any]]) -> list[Any]:
    """Run every shard of the newest fan-out and return the runs' last states."""
    return [ran(flow, fan_out=one["fan_out_id"], shard=one["shard_no"]) for one in shards(shop)]


@contextmanager
def connected_fleet(
    shop: Shop, letters: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[MallId]]:
    """Connect malls that want a refresh, of which three are a fleet; forget its runs after."""
    monkeypatch.setattr("tasks.tokens.DIRECTLY", 2)
    malls = [MallId(f"{shop.mall}{letter}") for letter in letters]
    for mall in malls:
        shop.connect(mall, left=LIFE / 2)
        shop.control("limits", {"is_off": True}, mall)
    yield malls
    for flow in FLOWS:
        for run in shop.prefect.runs_of(f"{flow}/fan-out"):
            shop.prefect.sent("DELETE", f"/flow_runs/{run['id']}")
