"""Values mean the same on both databases, and come back as they went in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from sqlalchemy import Column, Engine, MetaData, Table, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from cafe24.database.columns import Measure, Money, RawJson, UtcDateTime, iso, money_text
from cafe24.database.engine import open_engine

KOREA = timezone(timedelta(hours=9))
METADATA = MetaData()
KEPT = Table(
    "kept",
    METADATA,
    Column("time", UtcDateTime),
    Column("money", Money),
    Column("measure", Measure),
    Column("json", RawJson),
)


@pytest.fixture
def engine(bare_database_url: str) -> Iterator[Engine]:
    engine = open_engine(bare_database_url)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def kept(engine: Engine, **values: Any) -> tuple[Any, Any]:
    """Return a value as it comes back, and as the database itself writes it."""
    (name,) = values
    with engine.begin() as connection:
        connection.execute(insert(KEPT).values(**values))
        column = KEPT.c[name]
        back = connection.execute(select(column)).scalar_one()
        written = text(f'SELECT CAST("{name}" AS text) FROM kept')  # noqa: S608 - our own name
        return back, connection.execute(written).scalar_one()


def test_a_time_is_kept_in_utc_and_on_sqlite_as_text_that_sorts(engine: Engine) -> None:
    moment = datetime(2026, 11, 23, 14, 5, 41, 1, tzinfo=KOREA)
    back, text_kept = kept(engine, time=moment)
    assert back == moment
    assert back.tzinfo is UTC
    if engine.dialect.name == "sqlite":
        assert text_kept == "2026-11-23T05:05:41.000001Z"
    else:
        assert datetime.fromisoformat(text_kept) == moment


def test_a_time_without_an_offset_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="without an offset"):
        kept(engine, time=datetime(2026, 11, 23))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize("amount", ["0.00", "29900.00", "-1000.00", "9999999999999999.99", "0.10"])
def test_money_is_kept_to_the_last_digit(engine: Engine, amount: str) -> None:
    back, text_kept = kept(engine, money=Decimal(amount))
    assert (back, text_kept) == (Decimal(amount), amount)


def test_a_measure_keeps_the_decimals_it_came_with(engine: Engine) -> None:
    back, text_kept = kept(engine, measure=Decimal("0.1250"))
    assert (str(back), text_kept) == ("0.1250", "0.1250")


def test_json_keeps_the_order_of_its_keys(engine: Engine) -> None:
    back, text_kept = kept(engine, json={"b": [1, None], "a": "니트"})
    assert list(back) == ["b", "a"]
    assert list(orjson.loads(text_kept).items()) == [("b", [1, None]), ("a", "니트")]
    if engine.dialect.name == "sqlite":
        assert text_kept == '{"b":[1,null],"a":"니트"}'


@pytest.mark.parametrize("name", ["time", "money", "measure", "json"])
def test_nothing_stays_nothing(engine: Engine, name: str) -> None:
    assert kept(engine, **{name: None}) == (None, None)


def test_postgresql_gets_its_own_exact_types() -> None:
    types = [
        column.type.dialect_impl(postgresql.dialect()).compile(postgresql.dialect())  # type: ignore[no-untyped-call]
        for column in KEPT.columns
    ]
    assert types == ["TIMESTAMP WITH TIME ZONE", "NUMERIC(18, 2)", "NUMERIC", "JSON"]


def test_sqlite_gets_text_for_what_it_cannot_keep_exactly() -> None:
    types = [
        column.type.dialect_impl(sqlite.dialect()).compile(sqlite.dialect())
        for column in KEPT.columns
    ]
    assert types == ["VARCHAR(32)", "VARCHAR(21)", "VARCHAR(40)", "TEXT"]


def test_times_as_text_sort_as_times_do() -> None:
    first = datetime(2026, 11, 23, 23, 59, 59, 999999, tzinfo=UTC)
    moments = [first, first + timedelta(microseconds=1), datetime(2027, 1, 1, tzinfo=KOREA)]
    assert [iso(moment) for moment in moments] == sorted(map(iso, moments))


def test_bare_won_get_their_two_decimals() -> None:
    assert money_text(Decimal(1000)) == "1000.00"
