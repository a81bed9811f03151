"""Addresses that are refused, and failures that become ours."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from cafe24.database.engine import checked_database_url, database_errors, open_engine
from cafe24.errors import CafeError, DatabaseAway, DatabaseUnusable, SettingsError


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "",
        "mysql://somebody@somewhere/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///relative.sqlite",
        "mongodb+srv://x",
    ],
)
def test_an_address_we_cannot_use_is_refused_with_examples(address: str) -> None:
    with pytest.raises(SettingsError, match="CAFE24_DATABASE_URL") as refused:
        checked_database_url(address)
    assert "sqlite:////var/lib" in refused.value.next_step


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_one_driver(scheme: str) -> None:
    url = checked_database_url(f"{scheme}://cafe24:invented-password@db.internal/cafe24")
    assert url.drivername == "postgresql+psycopg"
    assert url.password == "invented-password"


def test_a_sqlite_file_gets_its_folder_and_takes_readers_while_it_is_written(
    tmp_path: Path,
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/made/here.sqlite")
    with engine.connect() as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    engine.dispose()
    assert mode == "wal"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnusable, match="cannot be made"):
        open_engine(f"sqlite:///{tmp_path}/file/here.sqlite")


REFUSED = "INSERT ..."


@pytest.mark.parametrize(
    ("failure", "kind", "says"),
    [
        (OperationalError, DatabaseAway, "database is locked"),
        (OperationalError, DatabaseAway, "connection refused"),
        (OperationalError, DatabaseAway, 'database "cafe24" does not exist'),
        (OperationalError, DatabaseUnusable, "no such table: product"),
        (ProgrammingError, DatabaseUnusable, 'relation "product" does not exist'),
        (OperationalError, DatabaseUnusable, "attempt to write a readonly database"),
        (OperationalError, DatabaseUnusable, "database or disk is full"),
        (OperationalError, DatabaseUnusable, "could not extend: No space left on device"),
        (OperationalError, DatabaseUnusable, "disk I/O error"),
        (OperationalError, DatabaseUnusable, "file is not a database"),
        (ProgrammingError, DatabaseUnusable, "permission denied for table product"),
        (IntegrityError, DatabaseUnusable, "NOT NULL constraint failed"),
        (DataError, DatabaseUnusable, "numeric field overflow"),
    ],
)
def test_a_failure_says_whether_another_try_may_help(
    failure: type[OperationalError], kind: type[CafeError], says: str
) -> None:
    with pytest.raises(kind, match=says[:20].replace("(", ".")) as ours, database_errors():
        raise failure(REFUSED, {}, sqlite3.OperationalError(says))
    assert type(ours.value) is kind
    assert REFUSED not in str(ours.value)


def test_rows_behind_the_first_line_are_not_shown() -> None:
    said = "duplicate key value\nDETAIL: Key (product_name)=(secret goods) already exists."
    with pytest.raises(DatabaseUnusable) as ours, database_errors():
        raise IntegrityError(REFUSED, {}, sqlite3.IntegrityError(said))
    assert "secret goods" not in str(ours.value)
    assert ours.value.__suppress_context__


def test_no_free_connection_is_worth_another_try() -> None:
    with pytest.raises(DatabaseAway, match="in use"), database_errors():
        raise NoConnectionFree


def test_other_mistakes_are_left_alone() -> None:
    with pytest.raises(ZeroDivisionError), database_errors():
        raise ZeroDivisionError
