"""A fleet: more malls than one run should do."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cafe24.malls import MallId
from tests.integration.surroundings import LIFE, Shop

A_WEEK_OLD = LIFE - timedelta(days=7)
"""What a pair has left when the weekly run comes."""

SHARDS = ("refresh-tokens-shard", "sync-products-shard", "check-expiry-shard")


@pytest.fixture
def fleet(shop: Shop, deployed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MallId]]:
    """Seven malls, all but the first due for a refresh; more than two are too many for one run."""
    assert deployed is None
    monkeypatch.setattr("tasks.tokens.DIRECTLY", 2)
    malls = [MallId(f"{shop.mall}{letter}") for letter in "abcdef"]
    for mall in malls:
        shop.connect(mall, left=A_WEEK_OLD)
        shop.control("limits", {"is_off": True}, mall)
    yield [shop.mall, *malls]
    for flow in SHARDS:
        for run in shop.prefect.runs_of(f"{flow}/fan-out"):
            shop.prefect.sent("DELETE", f"/flow_runs/{run['id']}")
