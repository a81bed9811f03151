"""A fleet: more malls than one run should do."""

from collections.abc import Iterator

import pytest

from cafe24.malls import MallId
from tests.integration.surroundings import Shop
from tests.integration.test_fleet.shards import connected_fleet


@pytest.fixture
def fleet(shop: Shop, deployed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MallId]]:
    """Seven malls, all but the first due for a refresh; more than two are too many for one run."""
    assert deployed is None
    with connected_fleet(shop, "abcdef", monkeypatch) as malls:
        yield [shop.mall, *malls]
