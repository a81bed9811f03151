"""Brings a database's tables up to what this code works with. Alembic's only home."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from cafe24.database.comments import write_comments
from cafe24.database.engine import database_errors, open_engine
from cafe24.errors import DatabaseUnusable

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Create or upgrade every table, and say in the database what each column means.

    A database that is up to date stays as it is.

    Raises:
        SettingsError: the address is none, or of an unknown kind.
        DatabaseAway: no connection, or locked.
        DatabaseUnusable: read-only or full, or newer than this code.
    """
    engine = open_engine(url)
    try:
        with database_errors(), engine.begin() as connection:
            command.upgrade(_configuration(connection), "head")
            write_comments(connection)
    except CommandError:
        raise DatabaseUnusable(
            "The database is newer than this code.",
            "Run the version of the project that upgraded it last, or a newer one.",
        ) from None
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Make sure that every table is as this code expects; change nothing.

    Raises:
        SettingsError: the address is none, or of an unknown kind.
        DatabaseAway: no connection.
        DatabaseUnusable: the tables are missing, older or newer.
    """
    engine = open_engine(url)
    try:
        with database_errors(), engine.connect() as connection:
            held = MigrationContext.configure(connection).get_current_revision()
            wanted = ScriptDirectory.from_config(_configuration(connection)).get_current_head()
    finally:
        engine.dispose()
    if held != wanted:
        raise DatabaseUnusable(
            f"The database's tables are at version {held or 'none'}, this code wants {wanted}.",
            "Run: .venv/bin/python manage.py setup",
        )


def _configuration(connection: Connection) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["connection"] = connection
    return configuration
