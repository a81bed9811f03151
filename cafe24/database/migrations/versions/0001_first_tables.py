"""The first tables, and the view of the products that are on sale."""

import sqlalchemy as sa
from alembic import op

from cafe24.database.columns import Measure, Money, RawJson, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    _create_token_tables()
    _create_alert_tables()
    _create_product()
    _create_product_variant()
    _create_product_change()
    _create_product_quarantine()
    _create_sync_tables()
    op.execute("CREATE VIEW product_current AS SELECT * FROM product WHERE deleted_at IS NULL")


def _create_token_tables() -> None:
    """What became of grants, and how credentials stand."""
    op.create_table(
        "credential_grade",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mall_id", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        op.f("ix_credential_grade_mall_id"), "credential_grade", ["mall_id"], unique=False
    )
    op.create_table(
        "token_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("mall_id", sa.String(), nullable=False),
        sa.Column("lineage", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_token_grant_mall_id"), "token_grant", ["mall_id"], unique=False)


def _create_alert_tables() -> None:
    """Incidents and the outbox."""
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mall_id", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("run_url", sa.String(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("remind_at", UtcDateTime(), nullable=False),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.Column("snoozed_until", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "incident_one_open",
        "incident",
        ["subject", "kind"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_incident_mall_id"), "incident", ["mall_id"], unique=False)
    op.create_table(
        "alert_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("slack_ts", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("alert_message_due", "alert_message", ["sent_at", "due_at"], unique=False)
    op.create_index(
        op.f("ix_alert_message_incident_id"), "alert_message", ["incident_id"], unique=False
    )


def _create_product() -> None:
    """Products, tombstones included."""
    op.create_table(
        "product",
        sa.Column("mall_id", sa.String(length=63), nullable=False),
        sa.Column("shop_no", sa.Integer(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("missing_since", UtcDateTime(), nullable=True),
        sa.Column("variants_hash", sa.String(length=32), nullable=True),
        sa.Column("detail_seen_at", UtcDateTime(), nullable=True),
        sa.Column("product_code", sa.String(), nullable=True),
        sa.Column("custom_product_code", sa.String(), nullable=True),
        sa.Column("product_name", sa.String(), nullable=True),
        sa.Column("eng_product_name", sa.String(), nullable=True),
        sa.Column("supply_product_name", sa.String(), nullable=True),
        sa.Column("internal_product_name", sa.String(), nullable=True),
        sa.Column("model_name", sa.String(), nullable=True),
        sa.Column("price", Money(), nullable=True),
        sa.Column("price_excluding_tax", Money(), nullable=True),
        sa.Column("retail_price", Money(), nullable=True),
        sa.Column("supply_price", Money(), nullable=True),
        sa.Column("additional_price", Money(), nullable=True),
        sa.Column("margin_rate", Measure(), nullable=True),
        sa.Column("price_content", sa.String(), nullable=True),
        sa.Column("tax_calculation", sa.String(), nullable=True),
        sa.Column("tax_type", sa.String(), nullable=True),
        sa.Column("tax_rate", sa.BigInteger(), nullable=True),
        sa.Column("display", sa.Boolean(), nullable=True),
        sa.Column("selling", sa.Boolean(), nullable=True),
        sa.Column("sold_out", sa.Boolean(), nullable=True),
        sa.Column("approve_status", sa.String(), nullable=True),
        sa.Column("market_sync", sa.Boolean(), nullable=True),
        sa.Column("created_date", UtcDateTime(), nullable=True),
        sa.Column("updated_date", UtcDateTime(), nullable=True),
        sa.Column("product_condition", sa.String(), nullable=True),
        sa.Column("product_used_month", sa.BigInteger(), nullable=True),
        sa.Column("summary_description", sa.String(), nullable=True),
        sa.Column("product_tag", RawJson(), nullable=True),
        sa.Column("manufacturer_code", sa.String(), nullable=True),
        sa.Column("trend_code", sa.String(), nullable=True),
        sa.Column("brand_code", sa.String(), nullable=True),
        sa.Column("supplier_code", sa.String(), nullable=True),
        sa.Column("classification_code", sa.String(), nullable=True),
        sa.Column("set_product_type", sa.String(), nullable=True),
        sa.Column("detail_image", sa.String(), nullable=True),
        sa.Column("list_image", sa.String(), nullable=True),
        sa.Column("tiny_image", sa.String(), nullable=True),
        sa.Column("small_image", sa.String(), nullable=True),
        sa.Column("buy_limit_by_product", sa.Boolean(), nullable=True),
        sa.Column("buy_limit_type", sa.String(), nullable=True),
        sa.Column("buy_group_list", RawJson(), nullable=True),
        sa.Column("buy_member_id_list", RawJson(), nullable=True),
        sa.Column("repurchase_restriction", sa.Boolean(), nullable=True),
        sa.Column("single_purchase_restriction", sa.Boolean(), nullable=True),
        sa.Column("single_purchase", sa.String(), nullable=True),
        sa.Column("buy_unit_type", sa.String(), nullable=True),
        sa.Column("buy_unit", sa.BigInteger(), nullable=True),
        sa.Column("order_quantity_limit_type", sa.String(), nullable=True),
        sa.Column("minimum_quantity", sa.BigInteger(), nullable=True),
        sa.Column("maximum_quantity", sa.BigInteger(), nullable=True),
        sa.Column("points_by_product", sa.Boolean(), nullable=True),
        sa.Column("points_setting_by_payment", sa.String(), nullable=True),
        sa.Column("points_amount", RawJson(), nullable=True),
        sa.Column("except_member_points", sa.Boolean(), nullable=True),
        sa.Column("use_naverpay", sa.Boolean(), nullable=True),
        sa.Column("naverpay_type", sa.String(), nullable=True),
        sa.Column("use_kakaopay", sa.Boolean(), nullable=True),
        sa.Column("adult_certification", sa.Boolean(), nullable=True),
        sa.Column("exposure_limit_type", sa.String(), nullable=True),
        sa.Column("exposure_group_list", RawJson(), nullable=True),
        sa.Column("shipping_fee_by_product", sa.Boolean(), nullable=True),
        sa.Column("shipping_fee_type", sa.String(), nullable=True),
        sa.Column("made_date", sa.String(), nullable=True),
        sa.Column("release_date", sa.String(), nullable=True),
        sa.Column("expiration_date", RawJson(), nullable=True),
        sa.Column("origin_classification", sa.String(), nullable=True),
        sa.Column("origin_place_no", sa.BigInteger(), nullable=True),
        sa.Column("origin_place_value", sa.String(), nullable=True),
        sa.Column("made_in_code", sa.String(), nullable=True),
        sa.Column("hscode", sa.String(), nullable=True),
        sa.Column("product_weight", Measure(), nullable=True),
        sa.Column("product_volume", RawJson(), nullable=True),
        sa.Column("product_material", sa.String(), nullable=True),
        sa.Column("english_product_material", sa.String(), nullable=True),
        sa.Column("cloth_fabric", sa.String(), nullable=True),
        sa.Column("size_guide", RawJson(), nullable=True),
        sa.Column("icon", RawJson(), nullable=True),
        sa.Column("icon_show_period", RawJson(), nullable=True),
        sa.Column("list_icon", RawJson(), nullable=True),
        sa.Column("main", RawJson(), nullable=True),
        sa.Column("clearance_category_eng", sa.String(), nullable=True),
        sa.Column("clearance_category_kor", sa.String(), nullable=True),
        sa.Column("clearance_category_code", sa.String(), nullable=True),
        sa.Column("cultural_tax_deduction", sa.Boolean(), nullable=True),
        sa.Column("has_option", sa.Boolean(), nullable=True),
        sa.Column("option_type", sa.String(), nullable=True),
        sa.Column("simple_description", sa.String(), nullable=True),
        sa.Column("soldout_message", sa.String(), nullable=True),
        sa.Column("category", RawJson(), nullable=True),
        sa.Column("shipping_calculation", sa.String(), nullable=True),
        sa.Column("shipping_method", sa.String(), nullable=True),
        sa.Column("shipping_scope", sa.String(), nullable=True),
        sa.Column("prepaid_shipping_fee", sa.String(), nullable=True),
        sa.Column("product_shipping_type", sa.String(), nullable=True),
        sa.Column("origin_place_code", sa.BigInteger(), nullable=True),
        sa.Column("image_upload_type", sa.String(), nullable=True),
        sa.Column("select_one_by_option", sa.Boolean(), nullable=True),
        sa.Column("separated_mobile_description", sa.Boolean(), nullable=True),
        sa.Column("product_tax_type_text", sa.String(), nullable=True),
        sa.Column("payment_info_by_product", sa.Boolean(), nullable=True),
        sa.Column("shipping_info_by_product", sa.Boolean(), nullable=True),
        sa.Column("exchange_info_by_product", sa.Boolean(), nullable=True),
        sa.Column("service_info_by_product", sa.Boolean(), nullable=True),
        sa.Column("raw", RawJson(), nullable=False),
        sa.Column("detail_raw", RawJson(), nullable=True),
        sa.PrimaryKeyConstraint("mall_id", "shop_no", "product_no"),
    )
    op.create_index(
        "product_custom_product_code", "product", ["mall_id", "custom_product_code"], unique=False
    )
    op.create_index(
        "product_detail_seen_at", "product", ["mall_id", "shop_no", "detail_seen_at"], unique=False
    )


def _create_product_variant() -> None:
    """Variants, tombstones included."""
    op.create_table(
        "product_variant",
        sa.Column("mall_id", sa.String(length=63), nullable=False),
        sa.Column("shop_no", sa.Integer(), nullable=False),
        sa.Column("variant_code", sa.String(length=40), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("options", RawJson(), nullable=True),
        sa.Column("custom_variant_code", sa.String(), nullable=True),
        sa.Column("duplicated_custom_variant_code", sa.String(), nullable=True),
        sa.Column("display", sa.Boolean(), nullable=True),
        sa.Column("selling", sa.Boolean(), nullable=True),
        sa.Column("display_order", sa.BigInteger(), nullable=True),
        sa.Column("additional_amount", Money(), nullable=True),
        sa.Column("supply_price", Money(), nullable=True),
        sa.Column("use_inventory", sa.Boolean(), nullable=True),
        sa.Column("important_inventory", sa.String(), nullable=True),
        sa.Column("inventory_control_type", sa.String(), nullable=True),
        sa.Column("display_soldout", sa.Boolean(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("safety_inventory", sa.BigInteger(), nullable=True),
        sa.Column("image", sa.String(), nullable=True),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("raw", RawJson(), nullable=False),
        sa.PrimaryKeyConstraint("mall_id", "shop_no", "variant_code"),
    )
    op.create_index(
        "product_variant_product_no",
        "product_variant",
        ["mall_id", "shop_no", "product_no"],
        unique=False,
    )


def _create_product_change() -> None:
    """What changed from what to what."""
    op.create_table(
        "product_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mall_id", sa.String(length=63), nullable=False),
        sa.Column("shop_no", sa.Integer(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("variant_code", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("sync_run_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "product_change_product",
        "product_change",
        ["mall_id", "shop_no", "product_no", "field"],
        unique=False,
    )
    op.create_index("product_change_seen_at", "product_change", ["seen_at"], unique=False)


def _create_product_quarantine() -> None:
    """Records that fit no row."""
    op.create_table(
        "product_quarantine",
        sa.Column("mall_id", sa.String(length=63), nullable=False),
        sa.Column("shop_no", sa.Integer(), nullable=False),
        sa.Column("record_key", sa.String(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("mall_id", "shop_no", "record_key"),
    )


def _create_sync_tables() -> None:
    """How far each shop is synced, and what every run came to."""
    op.create_table(
        "sync_cursor",
        sa.Column("mall_id", sa.String(length=63), nullable=False),
        sa.Column("shop_no", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("synced_until", UtcDateTime(), nullable=True),
        sa.Column("full_at", UtcDateTime(), nullable=True),
        sa.Column("wants_full", sa.String(), nullable=True),
        sa.Column("unread", RawJson(), nullable=True),
        sa.Column("unread_since", UtcDateTime(), nullable=True),
        sa.Column("read_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mall_id", "shop_no"),
    )
    op.create_table(
        "sync_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mall_id", sa.String(length=63), nullable=False),
        sa.Column("shop_no", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("source", sa.Integer(), nullable=True),
        sa.Column("stored", sa.Integer(), nullable=True),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("details", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("rejected_429", sa.Integer(), nullable=False),
        sa.Column("wait_s", sa.Float(), nullable=False),
        sa.Column("wall_s", sa.Float(), nullable=False),
        sa.Column("unknown_fields", RawJson(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("sync_run_mall", "sync_run", ["mall_id", "shop_no", "started_at"], unique=False)
