"""A mall of its own for every test, and tables of its own."""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cafe24.database.engine import open_engine
from cafe24.malls import api_url, mall_id
from tests.integration.test_sync.sandbox_mall import SandboxMall

_numbers = itertools.count(1)


@pytest.fixture
def sandbox_mall(mall_server: dict[str, Any], database_url: str) -> Iterator[SandboxMall]:
    """A mall of 250 products that is as fast as it can, and migrated tables."""
    mall = mall_id(f"syncmall{next(_numbers):03}")
    engine = open_engine(database_url)
    with httpx.Client(base_url=mall_server["url"], timeout=30) as control:
        control.post("/__sandbox__/malls", json={"mall_id": mall}).raise_for_status()
        fresh = SandboxMall(mall, api_url(mall_server["api_url"], mall), control, engine)
        fresh.order("limits", {"is_off": True})
        yield fresh
    engine.dispose()
