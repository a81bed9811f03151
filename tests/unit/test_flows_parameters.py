"""The forms of Prefect's UI, and its API, take no mall id that is none."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from prefect import Flow

from flows.authorize_mall import authorize_mall
from flows.refresh_tokens import refresh_tokens
from flows.sync_products import sync_products

FLOWS = (authorize_mall, refresh_tokens, sync_products)


def patterns(schema: Any) -> Iterator[str]:
    """Yield every pattern that stands in a schema."""
    if isinstance(schema, dict):
        if "pattern" in schema:
            yield schema["pattern"]
        for part in schema.values():
            yield from patterns(part)


@pytest.mark.parametrize("flow", FLOWS, ids=[flow.name for flow in FLOWS])
def test_a_flow_takes_a_mall_id_and_refuses_undefined(flow: Flow[Any, Any]) -> None:
    [pattern] = patterns(flow.parameters.model_dump()["properties"])
    assert re.search(pattern, "samplemall")
    assert not re.search(pattern, "undefined")
