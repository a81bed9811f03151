"""Run by Alembic: migrates over the connection that `cafe24.database.migrate` hands it."""

from alembic import context
from sqlmodel import SQLModel

import cafe24.alerts.tables
import cafe24.products.tables.catalog
import cafe24.products.tables.changes
import cafe24.products.tables.cursor
import cafe24.products.tables.quarantine
import cafe24.products.tables.runs
import cafe24.tokens.grades
import cafe24.tokens.ledger  # noqa: F401 - each import puts its tables into the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
