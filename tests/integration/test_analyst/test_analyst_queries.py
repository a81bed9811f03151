"""Every query of docs/queries.md runs on both databases, and its answer is the mall's."""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from cafe24.database.engine import open_engine
from cafe24.malls import api_url, mall_id
from cafe24.settings import PROJECT
from tests.databases import KINDS
from tests.integration.test_analyst.analyst_mall import AnalystMall
from tests.integration.test_analyst.answers import ANSWERS
from tests.integration.test_sync.sandbox_mall import SandboxMall

PAGE = (PROJECT / "docs" / "queries.md").read_text()
CHAPTERS = re.compile(r"^## (.+\?)$", re.MULTILINE)
BLOCKS = re.compile(r"```sql\n(?:-- (SQLite|PostgreSQL)\n)?(.+?)```", re.DOTALL)

UNORDERED = {"What changed since a time?"}
"""One sync's changes come in any order."""


def queries() -> dict[str, dict[str, str]]:
    """Return the page's SQL by question and kind of database."""
    found = {}
    parts = CHAPTERS.split(PAGE)[1:]
    for question, chapter in zip(parts[::2], parts[1::2], strict=True):
        blocks = BLOCKS.findall(chapter)
        found[question] = {
            kind: sql for name, sql in blocks for kind in KINDS if name.lower() in {"", kind}
        }
    return found


QUERIES = queries()


@pytest.fixture(scope="module")
def month(shared_database_url: str, mall_server: dict[str, Any]) -> Iterator[AnalystMall]:
    engine = open_engine(shared_database_url)
    mall = mall_id(f"analyst-{engine.dialect.name}")
    with httpx.Client(base_url=mall_server["url"], timeout=30) as control:
        control.post("/__sandbox__/malls", json={"mall_id": mall}).raise_for_status()
        fresh = SandboxMall(mall, api_url(mall_server["api_url"], mall), control, engine)
        fresh.order("limits", {"is_off": True})
        month = AnalystMall(fresh)
        month.live_a_month()
        yield month
    engine.dispose()


def asked(month: AnalystMall, question: str) -> list[tuple[Any, ...]]:
    """Return what the query of the page answers about this mall."""
    engine = month.mall.engine
    sql = QUERIES[question][engine.dialect.name]
    for word, meant in (
        ("'samplemall'", f"'{month.mall.mall_id}'"),
        ("product_no = 42", f"product_no = {month.cheaper}"),
    ):
        sql = sql.replace(word, meant)
    with engine.connect() as connection:
        # A colon is no parameter here: the page's SQL is run as it stands.
        return [tuple(row) for row in connection.execute(text(sql.replace(":", r"\:")))]


def _but_for_its_time(row: tuple[Any, ...]) -> str:
    return repr(row[1:])


def alike(got: Any, expected: Any) -> bool:
    """Tell whether two values are the same, each database's type taken for what it means."""
    if isinstance(expected, Decimal):
        return Decimal(got) == expected
    if isinstance(expected, datetime):
        return (datetime.fromisoformat(got) if isinstance(got, str) else got) == expected
    if isinstance(expected, float):
        return bool(got == pytest.approx(expected))
    return bool((got.isoformat() if isinstance(got, date) else got) == expected)


def test_every_question_has_a_query_and_an_answer() -> None:
    assert QUERIES.keys() == ANSWERS.keys()
    assert all(found.keys() == {"sqlite", "postgresql"} for found in QUERIES.values())
    assert len(BLOCKS.findall(PAGE)) == PAGE.count("```sql")


@pytest.mark.parametrize("question", ANSWERS)
def test_the_answer_is_the_malls(month: AnalystMall, question: str) -> None:
    got, expected = asked(month, question), ANSWERS[question](month)
    if question in UNORDERED:
        got, expected = sorted(got, key=_but_for_its_time), sorted(expected, key=_but_for_its_time)
    assert expected, "an empty answer proves nothing"
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        assert all(map(alike, ours, theirs)), (ours, theirs)
        assert len(ours) == len(theirs)


def test_a_sqlite_file_that_is_opened_to_read_cannot_be_written(empty_database: Path) -> None:
    opened = "file:/var/lib/cafe24/cafe24.sqlite?mode=ro"
    assert opened in PAGE
    mine = opened.replace("/var/lib/cafe24/cafe24.sqlite", str(empty_database))
    with contextlib.closing(sqlite3.connect(mine, uri=True)) as reader:
        assert reader.execute("SELECT count(*) FROM product_current").fetchone() == (0,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM product")
