"""docs/tables.md says what really stands in the database, and so do PostgreSQL's comments."""

import re
from collections import Counter

from sqlalchemy import Engine, inspect

from cafe24.database.declared import VIEW, VIEWED, meanings
from cafe24.database.dictionary import page
from cafe24.database.engine import open_engine
from cafe24.settings import PROJECT
from tests.postgres_server import PostgresServer

PAGE = PROJECT / "docs" / "tables.md"
CHAPTER = re.compile(r"^## (\w+)$")
ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)` \| `([^`]+)` \| (key|yes|no) \| (.+) \|$")

REFLECTED = {"DOUBLE PRECISION": "FLOAT"}
"""PostgreSQL's own name of a type that we declare by another."""


def told() -> list[tuple[str, re.Match[str]]]:
    """Return every row of the page with its chapter."""
    found, chapter = [], ""
    for line in PAGE.read_text().splitlines():
        if heading := CHAPTER.match(line):
            chapter = heading[1]
        elif row := ROW.match(line):
            found.append((chapter, row))
    return found


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "Run: make tables"


def test_every_column_is_told_once_with_its_type_and_whether_it_may_be_null(
    engine: Engine,
) -> None:
    place = {"sqlite": 2, "postgresql": 3}[engine.dialect.name]
    held: Counter[tuple[str, ...]] = Counter()
    for table in set(inspect(engine).get_table_names()) - {"alembic_version"}:
        keys = inspect(engine).get_pk_constraint(table)["constrained_columns"]
        for column in inspect(engine).get_columns(table):
            kind = column["type"].compile(engine.dialect)
            null = "key" if column["name"] in keys else "yes" if column["nullable"] else "no"
            held[table, column["name"], REFLECTED.get(kind, kind), null] += 1
    assert Counter((table, row[1], row[place], row[4]) for table, row in told()) == held


def test_every_meaning_belongs_to_a_column() -> None:
    columns = Counter((table, row[1]) for table, row in told())
    meant = Counter((t, name) for t, found in meanings().items() if t != "tables" for name in found)
    assert columns == meant
    assert {table for table, _ in columns} | {VIEW} == set(meanings()["tables"])


def test_the_view_has_the_columns_of_its_table(engine: Engine) -> None:
    def names(of: str) -> list[str]:
        return [column["name"] for column in inspect(engine).get_columns(of)]

    assert names(VIEW) == names(VIEWED), (
        "PostgreSQL's view keeps the columns it was made with: a migration that adds one to the "
        "table must make the view anew, with CREATE OR REPLACE so that its grants stay"
    )


def test_postgresql_says_itself_what_a_column_means(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as name:
        _assert_commented(open_engine(postgres_server.url(name)))


def _assert_commented(engine: Engine) -> None:
    held = {one["name"]: one["comment"] for one in inspect(engine).get_columns(VIEW)}
    assert held == meanings()[VIEWED]
    for table in meanings()["tables"].keys() - {VIEW}:
        assert inspect(engine).get_table_comment(table)["text"] == meanings()["tables"][table]
    engine.dispose()
