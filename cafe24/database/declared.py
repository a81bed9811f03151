"""Every table that the code declares, and what each column means.

The meanings stand in `meanings.toml` alone: `docs/tables.md` and PostgreSQL's comments are
made from them.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import cafe24.alerts.tables
import cafe24.fleet.tables
import cafe24.products.tables.catalog
import cafe24.products.tables.changes
import cafe24.products.tables.cursor
import cafe24.products.tables.quarantine
import cafe24.products.tables.runs
import cafe24.tokens.graded
import cafe24.tokens.ledger  # noqa: F401 - each import declares tables

MEANINGS = Path(__file__).with_name("meanings.toml")

VIEW, VIEWED = "product_current", "product"
"""The one view, and the table whose columns it has."""


def meanings() -> Mapping[str, Mapping[str, str]]:
    """Return the meaning of every column by table; under `tables`, those of tables and view."""
    found: dict[str, dict[str, str]] = tomllib.loads(MEANINGS.read_text())
    return found


def declared_tables() -> MetaData:
    """Return the tables, their meanings as comments.

    Raises:
        KeyError: a table or a column has no meaning.
    """
    told = meanings()
    for table in SQLModel.metadata.sorted_tables:
        table.comment = told["tables"][table.name]
        for column in table.columns:
            column.comment = told[table.name][column.name]
    return SQLModel.metadata
