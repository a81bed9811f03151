"""Where a run keeps products, the ledger of grants, grades and incidents."""

from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, SecretStr
from sqlalchemy import Engine

from cafe24.database.engine import CONNECTIONS, open_engine

DEFAULT = "default"


class ProductDatabase(Block):
    """The SQL database of products, grants, grades and incidents.

    Its document `default` is written by `manage.py setup`.

    Example:
        ```python
        from blocks.product_database import ProductDatabase

        database = ProductDatabase.load("BLOCK_NAME")
        engine = database.open()
        ```
    """

    _block_type_name: ClassVar[str] = "Product Database"
    _block_type_slug: ClassVar[str] = "product-database"

    url: SecretStr = Field(
        description="SQLite by absolute path, or PostgreSQL: postgresql://user@host/database."
    )
    detail_calls_per_run: int = Field(
        default=200,
        ge=0,
        description="Calls a sync may spend on fields that only a product's detail has; 0: none.",
    )

    def open(self, *, connections: int = CONNECTIONS) -> Engine:
        """Return an engine of so many connections at most; nothing is connected yet.

        Raises:
            SettingsError: the address is of an unknown kind, or relative.
        """
        return open_engine(self.url.get_secret_value(), connections=connections)
