"""What many unit tests work with."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from cafe24.database.engine import open_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Open tables without a row; such a test runs on both kinds of database."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()
