"""The migrations make exactly the tables that the code declares, on a database of any age."""

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from cafe24.database import version
from cafe24.database.declared import declared_tables
from cafe24.database.engine import database_errors, is_empty, open_engine
from cafe24.database.migrate import upgrade
from cafe24.database.version import MIGRATIONS, check_version, known_versions
from cafe24.errors import DatabaseUnusable
from cafe24.malls import mall_id
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.database import ProductDatabase

PROJECT = Path(__file__).parents[2]
UPGRADE_WHEN_TOLD = """
import sys
from cafe24.database.migrate import upgrade
print("ready", flush=True)
sys.stdin.readline()
upgrade(sys.argv[1])
"""
NAMES = {
    *("product", "product_variant", "product_change", "product_quarantine", "sync_run"),
    *("sync_cursor", "token_grant", "credential_grade", "incident", "alert_message"),
    *("fan_out", "fan_out_shard"),
}


@pytest.fixture
def url(bare_database_url: str) -> str:
    return bare_database_url


def check(url: str) -> None:
    engine = open_engine(url)
    try:
        with database_errors(), engine.connect() as connection:
            check_version(connection)
    finally:
        engine.dispose()


def _stopped(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_the_tables_have_the_names_of_the_contract(url: str) -> None:
    upgrade(url)
    engine = open_engine(url)
    assert set(inspect(engine).get_table_names()) == {*NAMES, "alembic_version"}
    assert inspect(engine).get_view_names() == ["product_current"]
    engine.dispose()


def test_the_migrated_tables_are_the_declared_ones(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, declared_tables()) == []
    engine.dispose()


def test_twice_equals_once(url: str) -> None:
    upgrade(url)
    upgrade(url)


def test_two_at_the_same_moment_do_not_break_each_other(url: str) -> None:
    command = [sys.executable, "-c", UPGRADE_WHEN_TOLD, url]
    started = [
        subprocess.Popen(command, cwd=PROJECT, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * 3
    check(url)


def test_one_that_is_stopped_halfway_leaves_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Operations, "create_index", _stopped)
        with pytest.raises(KeyboardInterrupt):
            upgrade(url)
    engine = open_engine(url)
    assert is_empty(engine)
    engine.dispose()
    upgrade(url)
    check(url)


def test_a_database_that_is_newer_than_the_code_is_one_clear_line(url: str) -> None:
    upgrade(url)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    engine.dispose()
    with pytest.raises(DatabaseUnusable, match="newer than this code"):
        upgrade(url)


def test_a_database_that_is_up_to_date_passes_the_check(url: str) -> None:
    upgrade(url)
    check(url)


def test_a_database_without_tables_is_told_what_to_run(url: str) -> None:
    with pytest.raises(DatabaseUnusable, match=r"manage\.py setup"):
        check(url)


def test_the_version_that_is_checked_is_the_one_that_is_migrated_to() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert known_versions() == [one.revision for one in scripts.walk_revisions()][::-1]


def test_an_older_database_is_told_what_to_run(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade(url)
    known = [*known_versions(), "9999"]
    monkeypatch.setattr(version, "known_versions", lambda: known)
    with pytest.raises(DatabaseUnusable, match=rf"at version {known[-2]}, .* wants 9999.*setup"):
        check(url)


def test_a_newer_database_is_not_written(url: str) -> None:
    upgrade(url)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    with pytest.raises(DatabaseUnusable, match="newer than this code"):
        ProductDatabase(engine).begin(Shop(mall_id("somemall")))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sync_run")).scalar() == 0
    engine.dispose()


def test_a_deleted_product_is_not_among_the_current_ones(url: str) -> None:
    upgrade(url)
    engine = open_engine(url)
    values = "raw, content_hash, first_seen_at, changed_at"
    with engine.begin() as connection:
        seen = "'2026-11-23T00:00:00.000000Z'"
        for number, deleted_at in ((1, "NULL"), (2, "'2026-11-24T00:00:00.000000Z'")):
            connection.exec_driver_sql(
                f"INSERT INTO product (mall_id, shop_no, product_no, {values}, deleted_at) "  # noqa: S608 - our own figures
                f"VALUES ('somemall', 1, {number}, '{{}}', '', {seen}, {seen}, {deleted_at})"
            )
        current = connection.exec_driver_sql("SELECT product_no FROM product_current").scalars()
        assert list(current) == [1]
    engine.dispose()
