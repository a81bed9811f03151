"""Cafe24's codes: a product's is its number in letters, a variant's has four more.

Seen in real records: product 1699 is P0000CNJ, its first variant P0000CNJ000A.
"""

from string import ascii_uppercase


def product_code(product_no: int) -> str:
    """Return the 8-character code of a product."""
    return "P" + _letters(product_no).rjust(7, "0")


def variant_code(product_code: str, position: int) -> str:
    """Return the 12-character code of a product's variant, counted from 0."""
    return product_code + _letters(position).rjust(4, "0")


def _letters(number: int) -> str:
    text = ""
    while True:
        number, digit = divmod(number, len(ascii_uppercase))
        text = ascii_uppercase[digit] + text
        if not number:
            return text
