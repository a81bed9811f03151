"""What a page of the list tells of stock, and nothing else of it.

Cafe24 does not say that a sale dates its product, so stock is read from every product.
The list with its variants is the cheapest place: 100 products a call, where
`/products/{product_no}/variants` is a call each.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cafe24.api.pages import COMPARE, LIST, Page, number_of
from cafe24.errors import ContractBroken
from cafe24.products.tables.rows import Record, with_stock

TOLD = ("sold_out", "variants")
"""The fields of a listed product that its stock moves."""


def stock_of(page: Page, held: Mapping[int, Record]) -> Page:
    """Return the page with its stock put into the records that are held.

    A product that is not held is left out, and so is what else changed: both are a
    sync's, which proves by counting that it missed nothing.

    Args:
        page: of the whole list, with variants.
        held: the records as they last came, by product_no.

    Raises:
        ContractBroken: its variants tell no stock at all.
    """
    listed = [record for record in page.records if number_of(record) in held]
    variants = [one for record in listed for one in _variants(record)]
    if variants and not any("quantity" in with_stock(one) for one in variants):
        raise ContractBroken(
            "The variants in the product list tell no stock.",
            COMPARE,
            f"{LIST}[].variants[].quantity",
        )
    return replace(page, records=[_with_stock_of(held[number_of(one)], one) for one in listed])


def _with_stock_of(held: Record, listed: Record) -> Record:
    return {**held, **{name: listed[name] for name in TOLD if name in listed}}


def _variants(record: Record) -> list[Any]:
    variants = record.get("variants")
    return [one for one in variants if isinstance(one, dict)] if isinstance(variants, list) else []
