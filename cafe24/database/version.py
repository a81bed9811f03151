"""Which version the tables are at, and which one this code works with; without Alembic."""

from pathlib import Path

from sqlalchemy import Connection, text

from cafe24.errors import DatabaseUnusable

MIGRATIONS = Path(__file__).parent / "migrations"
NEWER = (
    "The database is newer than this code.",
    "Run the version of the project that upgraded it last, or a newer one.",
)


def known_versions() -> list[str]:
    """Return every version of the tables that this code knows, the first one first."""
    return sorted(file.stem.partition("_")[0] for file in MIGRATIONS.glob("versions/[0-9]*.py"))


def check_version(connection: Connection) -> None:
    """Make sure that the tables are as this code expects; change nothing.

    Raises:
        DatabaseUnusable: they are older or newer.
        sqlalchemy.exc.DBAPIError: there are none; `database_errors` says so.
    """
    held = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    known = known_versions()
    if held == known[-1]:
        return
    if held is not None and held not in known:
        raise DatabaseUnusable(*NEWER)
    raise DatabaseUnusable(
        f"The database's tables are at version {held or 'none'}, this code wants {known[-1]}.",
        "Run: .venv/bin/python manage.py setup",
    )
