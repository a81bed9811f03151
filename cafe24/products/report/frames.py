"""One shop's products as they are after a run, and as they were before it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, and_, or_, select

from cafe24.database.engine import database_errors
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.changes import CHANGE
from cafe24.products.tables.rows import PRODUCT
from cafe24.products.tables.runs import RUN

LOOKED_AT = (
    "product_name", "custom_product_code", "price", "supply_price", "retail_price",
    "brand_code", "manufacturer_code", "supplier_code", "list_image", "origin_place_value",
    "product_tag", "sold_out",
)  # fmt: skip
"""The columns whose gaps are told: what people miss first when it is not there."""


@dataclass(frozen=True, slots=True)
class RunFrames:
    """What one run found and left.

    Attributes:
        run: its row in sync_run.
        before: by product_no, the products that were held before it, as they were.
        after: likewise, as they are.
        changes: what it changed of the columns that are looked at: product_no, field,
            old, new, as Cafe24 wrote them; each field once, from what it was at first.
    """

    run: Any
    before: pd.DataFrame
    after: pd.DataFrame
    changes: pd.DataFrame


def read_frames(engine: Engine, shop: Shop, sync_run_id: int) -> RunFrames:
    """Read what a run found and left. Cells are objects: no number becomes a float.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was read.
    """
    with database_errors(), engine.connect() as connection:
        run = connection.execute(select(RUN).where(RUN.c.id == sync_run_id)).one()
        products = _products(connection, shop, run.started_at)
        changes = _changes(connection, shop, run)
    after = products[products["deleted_at"].isna()]
    return RunFrames(run, _before(products, changes, run.started_at), after, changes)


def _products(connection: Connection, shop: Shop, started_at: datetime) -> pd.DataFrame:
    """Read the shop's products, and those that went since."""
    names = ("product_no", "first_seen_at", "deleted_at", *LOOKED_AT)
    there = or_(PRODUCT.c.deleted_at.is_(None), PRODUCT.c.deleted_at >= started_at)
    query = select(*(PRODUCT.c[name] for name in names)).where(_of(PRODUCT, shop), there)
    found = connection.execute(query).all()
    return pd.DataFrame(found, columns=list(names), dtype=object).set_index("product_no")


def _changes(connection: Connection, shop: Shop, run: Any) -> pd.DataFrame:
    names = ("product_no", "field", "old", "new")
    wanted = and_(
        _of(CHANGE, shop),
        CHANGE.c.seen_at >= run.started_at,  # for the index's sake
        CHANGE.c.sync_run_id == run.id,
        CHANGE.c.variant_code == "",
        CHANGE.c.field.in_((*LOOKED_AT, "deleted_at")),
    )
    query = select(*(CHANGE.c[name] for name in names)).where(wanted).order_by(CHANGE.c.id)
    frame = pd.DataFrame(connection.execute(query).all(), columns=list(names), dtype=object)
    keys = ["product_no", "field"]
    first, last = frame.drop_duplicates(keys), frame.drop_duplicates(keys, keep="last")
    return first.drop(columns="new").merge(last.drop(columns="old"), on=keys)


def _before(products: pd.DataFrame, changes: pd.DataFrame, started_at: datetime) -> pd.DataFrame:
    """Take the run's changes back."""
    moved = changes[changes["field"] == "deleted_at"]
    came_back = moved.loc[moved["old"].notna(), "product_no"]
    was_held = products["first_seen_at"].map(lambda at: at < started_at).astype(bool)
    before = products[was_held & ~products.index.isin(came_back)].copy()
    for name, changed in changes[changes["field"] != "deleted_at"].groupby("field"):
        old = changed.set_index("product_no")["old"]
        old = old[old.index.isin(before.index)]
        # A flag here, text in the history; all others are text on both sides.
        before.loc[old.index, str(name)] = old == "T" if name == "sold_out" else old
    return before


def _of(table: Any, shop: Shop) -> Any:
    return and_(table.c.mall_id == shop.mall_id, table.c.shop_no == shop.shop_no)
