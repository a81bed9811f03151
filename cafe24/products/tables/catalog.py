"""The product tables. Each field of Cafe24's has a column of the same name and meaning.

Only the type changes: T/F is a flag, money a decimal, a time is aware UTC, and a
list or object stays JSON. Empty flags, numbers and times are NULL; empty text stays
empty. The record itself stands in `raw`, as it came. Times that end in `_at` are ours.

Source of the fields: Cafe24's Admin API reference, version 2026-03-01, and real records.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Index, literal_column, text
from sqlmodel import Field, SQLModel

from cafe24.database.columns import Measure, Money, RawJson, UtcDateTime
from cafe24.malls import MallId

IS_UNREAD = literal_column("variants_hash = ''", Boolean())
"""As the index says it: with a parameter in its place no database would see that it fits."""

_IS_OFF_SALE = text("sold_out OR deleted_at IS NOT NULL")

LONGEST_CODE = 40
"""Characters of a variant_code; Cafe24's have 12."""


def _number() -> Any:
    return Field(default=None, sa_type=BigInteger)


def _money() -> Any:
    return Field(default=None, sa_type=Money)


def _measure() -> Any:
    return Field(default=None, sa_type=Measure)


def _time() -> Any:
    return Field(default=None, sa_type=UtcDateTime)


def _json() -> Any:
    return Field(default=None, sa_type=RawJson, nullable=True)


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop of one mall: whose products are meant. Most malls have shop 1 only."""

    mall_id: MallId
    shop_no: int = 1


class ShopRecord(SQLModel):
    """Whose record a row is. `shop_no` tells the shops of a multi-shop mall apart."""

    mall_id: str = Field(primary_key=True, max_length=63)
    shop_no: int = Field(primary_key=True)


class NumberedProduct(ShopRecord):
    """Which product of the shop."""

    product_no: int = Field(primary_key=True, sa_type=BigInteger)


class Kept(SQLModel):
    """What we note of a record. It stands before the wide columns, where it is read fast.

    Attributes:
        content_hash: of `raw`; tells in one look whether a record changed.
        changed_at: when `raw` was last written.
        deleted_at: when the mall was found to have it no more; a tombstone.
    """

    content_hash: str = Field(max_length=32)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = _time()


class KeptProduct(Kept):
    """What we note of a product besides.

    Attributes:
        missing_since: when a full read first did not find it; not yet a deletion.
        variants_hash: of the variants that came with it; empty while they still
            have to be read on their own.
        detail_seen_at: when its detail was last read.
    """

    missing_since: datetime | None = _time()
    variants_hash: str | None = Field(default=None, max_length=32)
    detail_seen_at: datetime | None = _time()


class Raw(SQLModel):
    """The record as it came."""

    raw: Any = Field(sa_type=RawJson, nullable=False)


class ListedProduct(SQLModel):
    """The fields of a product that the list gives."""

    product_code: str | None = None
    custom_product_code: str | None = None
    product_name: str | None = None
    eng_product_name: str | None = None
    supply_product_name: str | None = None
    internal_product_name: str | None = None
    model_name: str | None = None
    price: Decimal | None = _money()
    price_excluding_tax: Decimal | None = _money()
    retail_price: Decimal | None = _money()
    supply_price: Decimal | None = _money()
    additional_price: Decimal | None = _money()
    margin_rate: Decimal | None = _measure()
    price_content: str | None = None
    tax_calculation: str | None = None
    tax_type: str | None = None
    tax_rate: int | None = _number()
    display: bool | None = None
    selling: bool | None = None
    sold_out: bool | None = None
    approve_status: str | None = None
    market_sync: bool | None = None
    created_date: datetime | None = _time()
    updated_date: datetime | None = _time()
    product_condition: str | None = None
    product_used_month: int | None = _number()
    summary_description: str | None = None
    product_tag: Any = _json()
    manufacturer_code: str | None = None
    trend_code: str | None = None
    brand_code: str | None = None
    supplier_code: str | None = None
    classification_code: str | None = None
    set_product_type: str | None = None
    detail_image: str | None = None
    list_image: str | None = None
    tiny_image: str | None = None
    small_image: str | None = None
    buy_limit_by_product: bool | None = None
    buy_limit_type: str | None = None
    buy_group_list: Any = _json()
    buy_member_id_list: Any = _json()
    repurchase_restriction: bool | None = None
    single_purchase_restriction: bool | None = None
    single_purchase: str | None = None
    buy_unit_type: str | None = None
    buy_unit: int | None = _number()
    order_quantity_limit_type: str | None = None
    minimum_quantity: int | None = _number()
    maximum_quantity: int | None = _number()
    points_by_product: bool | None = None
    points_setting_by_payment: str | None = None
    points_amount: Any = _json()
    except_member_points: bool | None = None
    use_naverpay: bool | None = None
    naverpay_type: str | None = None
    use_kakaopay: bool | None = None
    adult_certification: bool | None = None
    exposure_limit_type: str | None = None
    exposure_group_list: Any = _json()
    shipping_fee_by_product: bool | None = None
    shipping_fee_type: str | None = None
    made_date: str | None = None
    release_date: str | None = None
    expiration_date: Any = _json()
    origin_classification: str | None = None
    origin_place_no: int | None = _number()
    origin_place_value: str | None = None
    made_in_code: str | None = None
    hscode: str | None = None
    product_weight: Decimal | None = _measure()
    product_volume: Any = _json()
    product_material: str | None = None
    english_product_material: str | None = None
    cloth_fabric: str | None = None
    size_guide: Any = _json()
    icon: Any = _json()
    icon_show_period: Any = _json()
    list_icon: Any = _json()
    main: Any = _json()
    clearance_category_eng: str | None = None
    clearance_category_kor: str | None = None
    clearance_category_code: str | None = None
    cultural_tax_deduction: bool | None = None


class DetailedProduct(SQLModel):
    """The fields that only `/products/{product_no}` gives; NULL until it was asked.

    Long texts such as `description` stand in `detail_raw` alone.
    """

    has_option: bool | None = None
    option_type: str | None = None
    simple_description: str | None = None
    soldout_message: str | None = None
    category: Any = _json()
    shipping_calculation: str | None = None
    shipping_method: str | None = None
    shipping_scope: str | None = None
    prepaid_shipping_fee: str | None = None
    product_shipping_type: str | None = None
    origin_place_code: int | None = _number()
    image_upload_type: str | None = None
    select_one_by_option: bool | None = None
    separated_mobile_description: bool | None = None
    product_tax_type_text: str | None = None
    payment_info_by_product: bool | None = None
    shipping_info_by_product: bool | None = None
    exchange_info_by_product: bool | None = None
    service_info_by_product: bool | None = None


class Product(Raw, DetailedProduct, ListedProduct, KeptProduct, NumberedProduct, table=True):
    """A product of one shop.

    Attributes:
        detail_raw: the fields that only the detail gives, as they came.
    """

    __tablename__ = "product"
    __table_args__: ClassVar[Any] = (
        Index("product_custom_product_code", "mall_id", "custom_product_code"),
        Index("product_created_date", "mall_id", "shop_no", "created_date"),
        # One for two questions: NULL in front is what is sold out now, the rest what is gone.
        Index(
            "product_unread_variants",
            "mall_id",
            "shop_no",
            sqlite_where=IS_UNREAD,
            postgresql_where=IS_UNREAD,
        ),
        Index(
            "product_off_sale",
            "mall_id",
            "shop_no",
            "deleted_at",
            sqlite_where=_IS_OFF_SALE,
            postgresql_where=_IS_OFF_SALE,
        ),
    )

    detail_raw: Any = _json()


class ListedVariant(SQLModel):
    """The fields of a variant.

    `quantity` may be negative, and means nothing when `use_inventory` is false.
    """

    options: Any = _json()
    custom_variant_code: str | None = None
    duplicated_custom_variant_code: str | None = None
    display: bool | None = None
    selling: bool | None = None
    display_order: int | None = _number()
    additional_amount: Decimal | None = _money()
    supply_price: Decimal | None = _money()
    use_inventory: bool | None = None
    important_inventory: str | None = None
    inventory_control_type: str | None = None
    display_soldout: bool | None = None
    quantity: int | None = _number()
    safety_inventory: int | None = _number()
    image: str | None = None
    gtin: str | None = None


class VariantRecord(ShopRecord):
    """Which variant of which product."""

    variant_code: str = Field(primary_key=True, max_length=LONGEST_CODE)
    product_no: int = Field(sa_type=BigInteger)


class ProductVariant(Raw, ListedVariant, Kept, VariantRecord, table=True):
    """One purchasable variant of a product; a product without options has one."""

    __tablename__ = "product_variant"
    __table_args__: ClassVar[Any] = (
        Index("product_variant_product_no", "mall_id", "shop_no", "product_no"),
    )
