"""What is asked for one product at a time: its detail, and all of its variants."""

from typing import Any

from cafe24.api.client import MallApi
from cafe24.api.pages import COMPARE
from cafe24.errors import ContractBroken

DETAIL = "products/{product_no}"
VARIANTS = "products/{product_no}/variants"


async def read_product(api: MallApi, shop_no: int, product_no: int) -> Any:
    """Return one product with the fields that only this endpoint gives, however odd it is.

    Raises:
        NotFound: the mall does not have it.
        ContractBroken: the answer is about no product.
    """
    body = await api.get(DETAIL, {"shop_no": shop_no}, product_no=product_no)
    if not isinstance(body, dict) or "product" not in body:
        raise ContractBroken(
            f"{api.mall_id}: products/{product_no} answered without a product.",
            COMPARE,
            "product",
        )
    return body["product"]


async def read_variants(api: MallApi, shop_no: int, product_no: int) -> list[Any]:
    """Return all variants of a product, with their stock.

    Raises:
        NotFound: the mall does not have the product.
        ContractBroken: the answer holds no list.
    """
    query: dict[str, str | int] = {"shop_no": shop_no, "embed": "inventories"}
    body = await api.get(VARIANTS, query, product_no=product_no)
    variants = body.get("variants") if isinstance(body, dict) else None
    if not isinstance(variants, list):
        raise ContractBroken(
            f"{api.mall_id}: the variants of product {product_no} came without a list.",
            COMPARE,
            "variants",
        )
    return variants
