"""Opens the database for a step, from its block, and closes it behind the step."""

import contextlib
from collections.abc import AsyncIterator

from sqlalchemy import Engine

from blocks.loading import load
from blocks.product_database import DEFAULT, ProductDatabase


@contextlib.asynccontextmanager
async def opened_database(block: ProductDatabase | None = None) -> AsyncIterator[Engine]:
    """Open the database, of the default block unless another is at hand.

    Raises:
        SettingsError: there is no usable block.
    """
    engine = (block or await load(ProductDatabase, DEFAULT)).open()
    try:
        yield engine
    finally:
        engine.dispose()
