"""The database: there, and with the tables that this code works with."""

import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import URL

from cafe24.checkup.finding import Finding, Patient, ok, wrong
from cafe24.database.engine import checked_database_url, database_errors, open_engine
from cafe24.database.version import check_version, known_versions
from cafe24.errors import DatabaseUnusable

SETUP = "Run: .venv/bin/python manage.py setup"


def check_database(patient: Patient) -> Iterator[Finding]:
    """Connect, and compare the tables' version; a file that is not there is not made."""
    text = patient.settings.database_url.get_secret_value()
    url = checked_database_url(text)
    flaw = _file_flaw(Path(url.database or "")) if url.get_backend_name() == "sqlite" else None
    if flaw is not None:
        yield flaw
        return
    engine = open_engine(text)
    try:
        with database_errors(), engine.connect() as connection:
            check_version(connection)
    finally:
        engine.dispose()
    yield ok("database", f"{_place(url)} has the tables of version {known_versions()[-1]}")


def _file_flaw(file: Path) -> Finding | None:
    code = DatabaseUnusable.exit_code
    if not file.exists():
        return wrong("database", f"There are no tables yet: {file} is not there.", SETUP, code)
    # SQLite keeps a journal beside the file.
    if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)):
        cure = "Let this user write the file and its folder, or correct CAFE24_DATABASE_URL."
        return wrong("database", f"{file} cannot be written.", cure, code)
    return None


def _place(url: URL) -> str:
    """Return where it is, without user or password."""
    return url.database or "" if url.host is None else f"{url.host}/{url.database}"
