"""The questions that people ask of the tables are answered by an index, on both databases.

SQLite plans without looking at the data. PostgreSQL looks, so it is given some.
"""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from cafe24.database.engine import open_engine

WORDS = {
    "THIS_SHOP": "mall_id = 'samplemall' AND shop_no = 1",
    "LATELY": "'2026-11-01T00:00:00.000000Z'",
}

QUESTIONS = {
    "product_change_product": (
        """SELECT seen_at, old, new FROM product_change
           WHERE THIS_SHOP AND product_no = 42 AND field = 'price' ORDER BY seen_at""",
        "SELECT * FROM product_change WHERE THIS_SHOP AND product_no = 42 ORDER BY seen_at",
    ),
    "product_change_since": (
        "SELECT * FROM product_change WHERE mall_id = 'samplemall' AND seen_at >= LATELY",
        """SELECT * FROM product_change
           WHERE THIS_SHOP AND seen_at >= LATELY AND sync_run_id = 7 AND field = 'price'""",
    ),
    "product_off_sale": (
        "SELECT product_no FROM product_current WHERE THIS_SHOP AND sold_out",
        "SELECT product_no FROM product WHERE THIS_SHOP AND deleted_at IS NOT NULL",
        "SELECT product_no FROM product WHERE THIS_SHOP AND deleted_at >= LATELY",
    ),
    "product_created_date": (
        "SELECT product_no FROM product_current WHERE THIS_SHOP AND created_date >= LATELY",
    ),
    "product_custom_product_code": (
        """SELECT product_no FROM product_current
           WHERE mall_id = 'samplemall' AND custom_product_code = 'KNIT-7'""",
    ),
    "product_variant_product_no": (
        "SELECT * FROM product_variant WHERE THIS_SHOP AND product_no = 42",
    ),
    "sync_run_mall": ("SELECT * FROM sync_run WHERE THIS_SHOP ORDER BY started_at DESC LIMIT 10",),
}
"""By the index that has to answer."""

ASKED = [(index, question) for index, questions in QUESTIONS.items() for question in questions]

MANY = """
    INSERT INTO product (mall_id, shop_no, product_no, content_hash, first_seen_at, changed_at,
                         deleted_at, created_date, custom_product_code, sold_out, raw)
    SELECT 'samplemall', 1, n, '', now(), now(), CASE WHEN n % 50 = 0 THEN day END, day,
           'KNIT-' || n, n % 50 = 1, '{}'
    FROM (SELECT n, timestamptz '2026-11-02' - n * interval '1 hour' AS day
          FROM generate_series(1, 5000) AS n) AS days;
    INSERT INTO product_variant (mall_id, shop_no, variant_code, product_no, content_hash,
                                 first_seen_at, changed_at, raw)
    SELECT 'samplemall', 1, 'P' || n, n / 4, '', now(), now(), '{}'
    FROM generate_series(1, 5000) AS n;
    INSERT INTO product_change (mall_id, shop_no, product_no, variant_code, field, seen_at,
                                sync_run_id)
    SELECT 'samplemall', 1, n % 500, '', 'price',
           timestamptz '2026-11-02' - n * interval '1 hour', 7
    FROM generate_series(1, 5000) AS n;
    INSERT INTO sync_run (mall_id, shop_no, outcome, reason, started_at, new, changed, unchanged,
                          deleted, missing, quarantined, duplicates, details, calls, rejected_429,
                          wait_s, wall_s)
    SELECT 'samplemall', 1, 'synced', '', now() - n * interval '1 hour',
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM generate_series(1, 5000) AS n;
    ANALYZE;
"""


@pytest.fixture(scope="module")
def engine(shared_database_url: str) -> Iterator[Engine]:
    engine = open_engine(shared_database_url)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql(MANY.replace("%", "%%"))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(("index", "question"), ASKED)
def test_an_index_answers(engine: Engine, index: str, question: str) -> None:
    plan = _plan(engine, re.sub("|".join(WORDS), lambda word: WORDS[word[0]], question))
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Seq Scan" not in plan


def _plan(engine: Engine, question: str) -> str:
    """Return the plan as text, a step a line."""
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        return "\n".join(str(row[-1]) for row in connection.execute(text(f"{explain} {question}")))
