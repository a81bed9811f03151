"""Product tables in a database, and a small mall that is synced into them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from cafe24.database.engine import open_engine
from tests.product_world import World


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)
