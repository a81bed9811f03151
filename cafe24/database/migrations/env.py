"""Run by Alembic: migrates over the connection that `cafe24.database.migrate` hands it."""

from alembic import context

from cafe24.database.declared import declared_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=declared_tables(),
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
