"""How a product changes: by a shop owner's edit, which dates it, or silently."""

from decimal import Decimal
from typing import Any

from sandbox.mall.catalogue.invention import Birth
from sandbox.mall.catalogue.money import money
from sandbox.mall.catalogue.product import Product
from sandbox.mall.clock import epoch_dated, read_moment

Record = dict[str, Any]

READ_ONLY = frozenset({"shop_no", "product_no", "product_code", "created_date", "updated_date"})
"""What no shop owner can edit."""

_PRICE_STEP = Decimal(100)


def write_fields(product: Product, fields: Record, now_s: int | None) -> None:
    """Give the product these fields; `variants` among them replaces its variants.

    Args:
        product: to be changed.
        fields: by Cafe24's names; an `updated_date` among them wins over `now_s`.
        now_s: the new `updated_date` in seconds since 1970; None leaves the old.
    """
    record, variants = product.whole
    fields = dict(fields)
    variants = fields.pop("variants", variants)
    if now_s is not None:
        fields.setdefault("updated_date", epoch_dated(now_s))
    record = {**record, **fields}
    birth = Birth(
        product.birth.product_no,
        _epoch(fields, "created_date", product.birth.created_at),
        _epoch(fields, "updated_date", product.birth.updated_at),
    )
    product.hold(record, variants, birth)


def change_price_and_stock(product: Product, now_s: int | None) -> None:
    """Make the product dearer by 100 won and take one piece of its first variant."""
    record, variants = product.whole
    price = money(record.get("price")) + _PRICE_STEP
    fields: Record = {
        "price": f"{price:.2f}",
        "price_excluding_tax": f"{price * 10 // 11}.00",
    }
    if variants:
        fields["variants"] = [_one_less(variants[0]), *variants[1:]]
    write_fields(product, fields, now_s)


def _one_less(variant: Record) -> Record:
    """Return the variant with one piece sold; what is no number of pieces stays as it is."""
    quantity = variant.get("quantity") or 0
    return {**variant, "quantity": quantity - 1} if isinstance(quantity, int) else variant


def _epoch(fields: Record, name: str, otherwise: int) -> int:
    return int(read_moment(fields[name]).timestamp()) if name in fields else otherwise
