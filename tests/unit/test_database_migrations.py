"""The migrations make exactly the tables that the code declares, on a database of any age."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from cafe24.database.declared import declared_tables
from cafe24.database.engine import open_engine
from cafe24.database.migrate import check, upgrade
from cafe24.errors import DatabaseUnusable

NAMES = {
    *("product", "product_variant", "product_change", "product_quarantine", "sync_run"),
    *("sync_cursor", "token_grant", "credential_grade", "incident", "alert_message"),
}


@pytest.fixture
def url(bare_database_url: str) -> str:
    return bare_database_url


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
    with pytest.raises(DatabaseUnusable, match=r"at version none.*manage\.py setup"):
        check(url)


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
