"""Addresses that are refused, and failures that become ours."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from cafe24.database.engine import checked_database_url, database_errors, open_engine
from cafe24.errors import CafeError, DatabaseAway, DatabaseUnusable, SettingsError
from tests.postgres_server import PostgresServer


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
        page_size = connection.execute(text("PRAGMA page_size")).scalar_one()
    engine.dispose()
    assert mode == "wal"
    assert page_size == 16_384  # a product's row fits: it is a quarter faster to write


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
        (OperationalError, DatabaseAway, "sorry, too many clients already"),
        (OperationalError, DatabaseUnusable, 'database "cafe24" does not exist'),
        (OperationalError, DatabaseUnusable, 'role "cafe24" does not exist'),
        (OperationalError, DatabaseUnusable, "password authentication failed for user"),
        (OperationalError, DatabaseUnusable, "fe_sendauth: no password supplied"),
        (OperationalError, DatabaseUnusable, "no pg_hba.conf entry for host"),
        (OperationalError, DatabaseUnusable, 'invalid port number: "99999"'),
        (OperationalError, DatabaseUnusable, "no such table: product"),
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


@pytest.mark.parametrize(
    ("kind", "state", "cure"),
    [
        (DatabaseUnusable, psycopg.errors.UndefinedTable, "manage.py setup"),
        (DatabaseUnusable, psycopg.errors.UndefinedColumn, "manage.py setup"),
        (DatabaseUnusable, psycopg.errors.InvalidSchemaName, "CREATE SCHEMA"),
        (DatabaseUnusable, psycopg.errors.InsufficientPrivilege, "GRANT"),
        (DatabaseUnusable, psycopg.errors.ReadOnlySqlTransaction, "primary"),
        (DatabaseUnusable, psycopg.errors.DiskFull, "Free space"),
        (DatabaseAway, psycopg.errors.AdminShutdown, "run again"),
        (DatabaseAway, psycopg.errors.DeadlockDetected, "run again"),
        (DatabaseAway, psycopg.errors.SerializationFailure, "run again"),
        (DatabaseAway, psycopg.errors.QueryCanceled, "run again"),
    ],
)
def test_a_server_that_speaks_korean_is_understood_by_its_codes(
    kind: type[CafeError], state: type[psycopg.Error], cure: str
) -> None:
    with pytest.raises(kind, match="오류") as ours, database_errors():
        raise DBAPIError(REFUSED, {}, state("오류입니다"))
    assert type(ours.value) is kind
    assert cure in ours.value.next_step


@pytest.mark.parametrize("word", ["half1@half2", "half1@half2@half3"])
def test_a_password_that_is_not_escaped_is_not_taken_for_a_host_and_shown(word: str) -> None:
    with pytest.raises(SettingsError, match="an @ too many") as refused:
        open_engine(f"postgresql://keeper:{word}@db.internal/cafe24")
    assert "%40" in refused.value.next_step
    assert "half" not in str(refused.value)


def test_a_port_that_is_no_number_is_no_traceback() -> None:
    with pytest.raises(SettingsError, match="is not a database address"):
        open_engine("postgresql://keeper:invented@db.internal:port/cafe24")


def test_the_address_may_say_how_long_a_server_may_be_silent(
    postgres_server: PostgresServer,
) -> None:
    engine = open_engine(postgres_server.url("postgres", connect_timeout="3"))
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        said = driver.info.get_parameters()
    engine.dispose()
    assert (said["connect_timeout"], said["keepalives_idle"]) == ("3", "30")


def test_the_isolation_is_ours_whatever_the_server_prefers(postgres_server: PostgresServer) -> None:
    options = "-c default_transaction_isolation=serializable"
    engine = open_engine(postgres_server.url("postgres", options=options))
    with engine.connect() as connection:
        level = connection.execute(text("SHOW transaction_isolation")).scalar_one()
    engine.dispose()
    assert level == "read committed"


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
