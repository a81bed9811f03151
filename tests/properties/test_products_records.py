"""Whatever record comes: what is stored says the same, on every column."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from cafe24.database.engine import open_engine
from cafe24.malls import mall_id
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.intake import sighting, take_in
from cafe24.products.tables.raw import Misfit
from cafe24.products.tables.rows import PRODUCT, product_columns
from cafe24.products.tables.statements import insert_rows, overwrite_rows
from tests.small_mall import product

SHOP = Shop(mall_id("anymall"))
SEEN = datetime(2026, 11, 24, tzinfo=UTC)
KOREA = timezone(timedelta(hours=9))

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
amounts = st.decimals(-(10**12), 10**12, places=2)
flags = st.sampled_from(["T", "F", "", None])
# hypothesis wants naive bounds
times = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=KOREA)
)
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
branches = st.lists(leaves, max_size=3) | st.dictionaries(texts, leaves, max_size=3)
json_values = leaves | branches | st.lists(branches, max_size=2)
records = st.fixed_dictionaries(
    {
        "product_name": texts | st.none(),
        "price": amounts.map(str) | st.integers(0, 10**9),
        "supply_price": amounts.map(str) | st.just("") | st.none(),
        "margin_rate": st.decimals(0, 100, places=3).map(str),
        "display": flags,
        "selling": flags,
        "tax_rate": st.integers(0, 100) | st.none(),
        "created_date": times.map(datetime.isoformat) | st.just("") | st.none(),
        "updated_date": times.map(lambda moment: moment.isoformat(timespec="seconds"))
        | times.map(lambda moment: moment.replace(tzinfo=None).isoformat()),
        "product_tag": st.lists(texts, max_size=4) | st.none(),
        "size_guide": json_values,
    },
    optional={"brand_new_field": json_values, "model_name": texts},
)


@pytest.fixture(scope="module")
def engine(shared_database_url: str) -> Iterator[Engine]:
    engine = open_engine(shared_database_url)
    yield engine
    engine.dispose()


def stored(engine: Engine, record: dict[str, Any]) -> Any:
    """Write the record as a sync does and read it back as anybody does."""
    with engine.begin() as connection:
        connection.execute(delete(PRODUCT))
        seen = sighting(SHOP, 1, SEEN)
        taken = take_in([record], seen)
        assert taken.misfits == []
        rows = [product.row(number, seen) for number, product in taken.products.items()]
        insert_rows(connection, PRODUCT, product_columns(), rows)
        overwrite_rows(connection, PRODUCT, product_columns(), rows)
        return connection.execute(select(PRODUCT)).one()


def korean(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=KOREA)


@given(fields=records)
def test_a_stored_record_says_what_the_record_said(engine: Engine, fields: dict[str, Any]) -> None:
    record = product(7, **fields)
    row = stored(engine, dict(record))
    assert row.raw == record
    assert row.product_name == record["product_name"]
    assert row.size_guide == record["size_guide"]
    assert row.product_tag == record["product_tag"]
    assert row.tax_rate == record["tax_rate"]
    for name in ("price", "supply_price", "margin_rate"):
        value = record[name]
        assert getattr(row, name) == (None if value in {"", None} else Decimal(str(value)))
    for name in ("display", "selling"):
        assert getattr(row, name) is {"T": True, "F": False}.get(record[name])
    for name in ("created_date", "updated_date"):
        value = record[name]
        assert getattr(row, name) == (korean(value) if value else None)
        assert getattr(row, name) is None or getattr(row, name).utcoffset() == timedelta(0)


anything = st.one_of(json_values, st.floats(allow_nan=False), st.text(max_size=5))


@given(records=st.lists(st.dictionaries(st.sampled_from([*PRODUCT.columns.keys()]), anything)))
def test_no_record_can_stop_a_page(records: list[dict[str, Any]]) -> None:
    count = len(records)
    seen = sighting(SHOP, 1, SEEN)
    taken = take_in(records, seen)
    for number in [*taken.products]:
        try:
            taken.products[number].row(number, seen)
        except Misfit as misfit:
            taken.set_aside(number, str(misfit), seen)
    assert len(taken.products) + len(taken.misfits) + taken.duplicates >= count
    assert all(misfit["reason"] for misfit in taken.misfits)
