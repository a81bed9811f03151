"""Brings a database's tables up to what this code works with. Alembic's only home."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, func, select

from cafe24.database.comments import write_comments
from cafe24.database.engine import database_errors, open_engine
from cafe24.database.version import MIGRATIONS, NEWER
from cafe24.errors import DatabaseUnusable

LOCK = 0x_CAFE_24
"""PostgreSQL's advisory lock of whoever migrates: any number that is always the same."""


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
            _wait_for_other_upgrades(connection)
            command.upgrade(_configuration(connection), "head")
            write_comments(connection)
    except CommandError:
        raise DatabaseUnusable(*NEWER) from None
    finally:
        engine.dispose()


def _wait_for_other_upgrades(connection: Connection) -> None:
    """Lock until the transaction ends, and make one of it on SQLite, whose driver begins late."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _configuration(connection: Connection) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["connection"] = connection
    return configuration
