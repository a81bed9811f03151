"""Product tables in a database, and a small mall that is synced into them."""

import pytest
from sqlalchemy import Engine

from tests.product_world import World


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)
