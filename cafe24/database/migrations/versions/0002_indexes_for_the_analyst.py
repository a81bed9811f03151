"""Indexes for what is asked of the products: what is new, sold out, gone, changed lately."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_IS_UNREAD = sa.text("variants_hash = ''")
_IS_OFF_SALE = sa.text("sold_out OR deleted_at IS NOT NULL")


def upgrade() -> None:
    """Create them, and give those on the changes the order in which changes are read."""
    _index_products()
    _index_changes()


def _index_products() -> None:
    # No query can use it: the details to read next are ordered by more than their times.
    op.drop_index("product_detail_seen_at", table_name="product")
    shop = ["mall_id", "shop_no"]
    op.create_index("product_created_date", "product", [*shop, "created_date"], unique=False)
    op.create_index(
        "product_unread_variants",
        "product",
        shop,
        unique=False,
        sqlite_where=_IS_UNREAD,
        postgresql_where=_IS_UNREAD,
    )
    op.create_index(
        "product_off_sale",
        "product",
        [*shop, "deleted_at"],
        unique=False,
        sqlite_where=_IS_OFF_SALE,
        postgresql_where=_IS_OFF_SALE,
    )


def _index_changes() -> None:
    """Replace those that SQLite does not use where a mall is named, or must sort behind."""
    op.drop_index("product_change_seen_at", table_name="product_change")
    op.create_index("product_change_since", "product_change", ["mall_id", "seen_at"], unique=False)
    op.drop_index("product_change_product", table_name="product_change")
    op.create_index(
        "product_change_product",
        "product_change",
        ["mall_id", "shop_no", "product_no", "seen_at"],
        unique=False,
    )
