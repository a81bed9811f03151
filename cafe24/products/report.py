"""What a person should look at after a sync: gaps, price jumps, sold-out goods, doubles.

The only home of pandas. It reads finished tables and returns plain data; nothing in
the way of a sync imports it.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, and_, select

from cafe24.database.engine import database_errors
from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.changes import CHANGE
from cafe24.products.tables.rows import PRODUCT

LOOKED_AT = (
    "product_name", "custom_product_code", "price", "supply_price", "retail_price",
    "brand_code", "manufacturer_code", "supplier_code", "list_image", "origin_place_value",
    "product_tag", "sold_out",
)  # fmt: skip
"""The columns whose gaps are told: what people miss first when it is not there."""

NO_CODE = {"brand_code": "B0000000", "manufacturer_code": "M0000000", "supplier_code": "S0000000"}
"""Cafe24 writes these where nothing was chosen."""

JUMP_SHARE = 0.3
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class PriceJump:
    """A price that changed by more than a set share. Amounts as Cafe24 wrote them."""

    product_no: int
    product_name: str
    old: str
    new: str
    share: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found. Shares are of 1, rounded to four digits.

    Attributes:
        rows: products that are held and not deleted.
        gap_shares: columns that are empty in some products, the emptiest first.
        sold_out_share: products that are sold out.
        newly_sold_out_share: products that this run saw become so.
        price_jumps: the largest first, at most 20.
        shared_codes: custom_product_codes of several products, with their number.
    """

    rows: int
    gap_shares: dict[str, float]
    sold_out_share: float
    newly_sold_out_share: float
    price_jumps: tuple[PriceJump, ...]
    shared_codes: dict[str, int]


def read_quality(
    engine: Engine, shop: Shop, sync_run_id: int, *, jump_share: float = JUMP_SHARE
) -> Quality:
    """Look at a shop's products and at what one run changed.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was read.
    """
    with database_errors(), engine.connect() as connection:
        products = _products(connection, shop)
        changes = _changes(connection, shop, sync_run_id)
    rows = len(products)
    newly = changes[(changes["field"] == "sold_out") & (changes["new"] == "T")]
    return Quality(
        rows=rows,
        gap_shares=_gap_shares(products),
        sold_out_share=_share(int(products["sold_out"].eq(True).sum()), rows),  # noqa: FBT003 - null is not true
        newly_sold_out_share=_share(int(newly["product_no"].nunique()), rows),
        price_jumps=_price_jumps(changes, products, jump_share),
        shared_codes=_shared_codes(products),
    )


def _products(connection: Connection, shop: Shop) -> pd.DataFrame:
    columns = [PRODUCT.c[name] for name in ("product_no", *LOOKED_AT)]
    living = and_(_of(PRODUCT, shop), PRODUCT.c.deleted_at.is_(None))
    found = connection.execute(select(*columns).where(living)).all()
    return pd.DataFrame(found, columns=["product_no", *LOOKED_AT], dtype=object)


def _changes(connection: Connection, shop: Shop, sync_run_id: int) -> pd.DataFrame:
    names = ("product_no", "field", "old", "new")
    wanted = and_(
        _of(CHANGE, shop),
        CHANGE.c.sync_run_id == sync_run_id,
        CHANGE.c.field.in_(("price", "sold_out")),
    )
    found = connection.execute(select(*(CHANGE.c[name] for name in names)).where(wanted)).all()
    return pd.DataFrame(found, columns=list(names), dtype=object)


def _gap_shares(products: pd.DataFrame) -> dict[str, float]:
    texts = products[list(LOOKED_AT)].map(lambda value: None if value in ("", []) else value)
    for name, nothing in NO_CODE.items():
        texts[name] = texts[name].where(texts[name] != nothing)
    counts = texts.isna().sum().sort_values(ascending=False, kind="stable")
    return {str(name): _share(int(n), len(products)) for name, n in counts.items() if n}


def _price_jumps(
    changes: pd.DataFrame, products: pd.DataFrame, jump_share: float
) -> tuple[PriceJump, ...]:
    prices = changes[changes["field"] == "price"].merge(products, on="product_no")
    # Floats only to compare: what is told is the text as Cafe24 wrote it.
    old = pd.to_numeric(prices["old"], errors="coerce")
    new = pd.to_numeric(prices["new"], errors="coerce")
    prices["share"] = (new - old) / old.where(old > 0)
    jumps = prices[prices["share"].abs() > jump_share]
    largest = jumps.reindex(jumps["share"].abs().sort_values(ascending=False).index)
    return tuple(
        PriceJump(
            one["product_no"],
            one["product_name"],
            one["old"],
            one["new"],
            round(one["share"], 4),
        )
        for one in largest.head(MOST_TOLD).to_dict("records")
    )


def _shared_codes(products: pd.DataFrame) -> dict[str, int]:
    codes = products["custom_product_code"]
    counts = codes[codes.notna() & (codes != "")].value_counts()
    return {str(code): int(n) for code, n in counts[counts > 1].head(MOST_TOLD).items()}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _of(table: Any, shop: Shop) -> Any:
    return and_(table.c.mall_id == shop.mall_id, table.c.shop_no == shop.shop_no)
