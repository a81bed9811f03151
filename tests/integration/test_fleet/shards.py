"""What a fleet's tests do with shards: run them as workers would, and look at them."""

from collections.abc import Callable, Coroutine
from typing import Any

from tests.integration.surroundings import Shop, ran

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
