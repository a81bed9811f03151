"""Looks into the database and compares it with the mall's own truth."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cafe24.errors import UsageError
from cafe24.products.tables.catalog import Product, ProductVariant
from cafe24.products.tables.runs import SyncRun

FLAGS = {True: "T", False: "F", None: None}


def differences(engine: Engine, truth: dict[str, Any]) -> list[str]:
    """Return where the tables differ from the mall, in words; empty when they are equal.

    Every field of every product and variant is compared as it came, and prices and
    flags once more as they are typed.
    """
    with Session(engine) as session:
        products = {
            row.product_no: row
            for row in session.exec(
                select(Product).where(
                    Product.mall_id == truth["mall_id"], col(Product.deleted_at).is_(None)
                )
            )
        }
        variants = {
            row.variant_code: row
            for row in session.exec(
                select(ProductVariant).where(
                    ProductVariant.mall_id == truth["mall_id"],
                    col(ProductVariant.deleted_at).is_(None),
                )
            )
        }
    theirs = {record["product_no"]: record for record in truth["products"]}
    their_variants = {
        variant["variant_code"]: variant
        for record in truth["products"]
        for variant in record["variants"]
    }
    return [
        *_misses("product", products, theirs),
        *_misses("variant", variants, their_variants),
        *(
            f"product {number}: {field}"
            for number in products.keys() & theirs.keys()
            for field in _product_flaws(products[number], theirs[number])
        ),
        *(
            f"variant {code}: {field}"
            for code in variants.keys() & their_variants.keys()
            for field in _raw_flaws(variants[code].raw, their_variants[code])
        ),
    ]


def _misses(what: str, ours: dict[Any, Any], theirs: dict[Any, Any]) -> list[str]:
    lost = [f"{what} {key} is missing" for key in theirs.keys() - ours.keys()]
    return lost + [f"{what} {key} is too much" for key in ours.keys() - theirs.keys()]


def _product_flaws(row: Product, record: dict[str, Any]) -> list[str]:
    typed = {
        "price": row.price == Decimal(str(record["price"])),
        "display": FLAGS[row.display] == record["display"],
        "selling": FLAGS[row.selling] == record["selling"],
    }
    return [name for name, is_equal in typed.items() if not is_equal] + _raw_flaws(row.raw, record)


def _raw_flaws(raw: dict[str, Any], record: dict[str, Any]) -> list[str]:
    return [name for name, value in raw.items() if name in record and record[name] != value]


def has_synced(engine: Engine, mall_id: str) -> bool:
    """Tell whether the database knows the mall from an earlier story."""
    with Session(engine) as session:
        return session.exec(select(SyncRun).where(SyncRun.mall_id == mall_id)).first() is not None


def last_sync(engine: Engine, mall_id: str) -> SyncRun:
    """Return the mall's newest sync.

    Raises:
        UsageError: there is none.
    """
    newest = select(SyncRun).where(SyncRun.mall_id == mall_id).order_by(col(SyncRun.id).desc())
    with Session(engine) as session:
        found = session.exec(newest).first()
    if found is None:
        raise UsageError(f"No sync of {mall_id} was written down.")
    return found
