"""Records that fit no row: set aside with their reason until they fit or are gone."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    and_,
    delete,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel

from cafe24.database.columns import UtcDateTime
from cafe24.products.tables.catalog import Shop, ShopRecord
from cafe24.products.tables.intake import MisfitRow
from cafe24.products.tables.rows import PRODUCT


class ProductQuarantine(ShopRecord, table=True):
    """A record that fits no row, and why. Gone from here once it fits.

    Attributes:
        record_key: `product:42`, `variant:P00000BO000A`, `detail:42`, or a hash where
            the record has no readable number.
        product_no: where it can be read.
        raw: the record as text, cut to a limit.
    """

    __tablename__ = "product_quarantine"

    record_key: str = Field(primary_key=True)
    product_no: int | None = Field(default=None, sa_type=BigInteger)
    reason: str
    raw: str = Field(sa_type=Text)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)


QUARANTINE = SQLModel.metadata.tables["product_quarantine"]


def write_misfits(connection: Connection, misfits: Sequence[MisfitRow]) -> None:
    """Set records aside; one that is there already gets its new reason."""
    if not misfits:
        return
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = kind.insert(QUARANTINE)
    told = {name: statement.excluded[name] for name in ("reason", "raw", "last_seen_at")}
    upsert = statement.on_conflict_do_update(index_elements=QUARANTINE.primary_key, set_=told)
    connection.execute(upsert, list(misfits))


def quarantined_keys(connection: Connection, shop: Shop) -> set[str]:
    """Return the keys of all records that are set aside."""
    return set(connection.execute(select(QUARANTINE.c.record_key).where(_of(shop))).scalars())


def release_misfits(connection: Connection, shop: Shop, record_keys: Collection[str]) -> None:
    """Forget records that fit now."""
    if record_keys:
        fit = and_(_of(shop), QUARANTINE.c.record_key.in_(record_keys))
        connection.execute(delete(QUARANTINE).where(fit))


def release_of_products(
    connection: Connection, shop: Shop, product_nos: Collection[int], *, kind: str = ""
) -> None:
    """Forget what is set aside of these products: everything, or of one kind only."""
    if product_nos:
        theirs = and_(
            _of(shop),
            QUARANTINE.c.product_no.in_(product_nos),
            QUARANTINE.c.record_key.startswith(f"{kind}:" if kind else ""),
        )
        connection.execute(delete(QUARANTINE).where(theirs))


def release_unseen(connection: Connection, shop: Shop, since: datetime) -> None:
    """Forget products that a whole read begun at `since` did not meet again."""
    is_product = QUARANTINE.c.record_key.startswith("product:")
    unseen = and_(_of(shop), is_product, QUARANTINE.c.last_seen_at < since)
    connection.execute(delete(QUARANTINE).where(unseen))


def count_quarantined(connection: Connection, shop: Shop) -> int:
    """Return how many records are set aside, products, variants and details alike."""
    query = select(func.count()).select_from(QUARANTINE).where(_of(shop))
    return connection.execute(query).scalar_one()


def quarantined_numbers(connection: Connection, shop: Shop) -> set[int]:
    """Return the numbers of the products that are set aside, where they can be read."""
    is_product = QUARANTINE.c.record_key.startswith("product:")
    numbered = and_(_of(shop), is_product, QUARANTINE.c.product_no.is_not(None))
    return set(connection.execute(select(QUARANTINE.c.product_no).where(numbered)).scalars())


def count_products(connection: Connection, shop: Shop) -> tuple[int, int]:
    """Return how many products here have an older row too, and how many are only here."""
    its_row = and_(
        PRODUCT.c.mall_id == QUARANTINE.c.mall_id,
        PRODUCT.c.shop_no == QUARANTINE.c.shop_no,
        PRODUCT.c.product_no == QUARANTINE.c.product_no,
        PRODUCT.c.deleted_at.is_(None),
    )
    is_product = QUARANTINE.c.record_key.startswith("product:")
    query = select(func.count(), func.count(PRODUCT.c.product_no)).where(_of(shop), is_product)
    found = connection.execute(query.select_from(QUARANTINE.outerjoin(PRODUCT, its_row)))
    here, with_row = found.one()
    return with_row, here - with_row


def _of(shop: Shop) -> ColumnElement[bool]:
    return and_(QUARANTINE.c.mall_id == shop.mall_id, QUARANTINE.c.shop_no == shop.shop_no)
