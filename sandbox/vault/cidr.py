"""CIDR blocks: who is inside one, and which blocks lie within others."""

import ipaddress
from collections.abc import Sequence

from sandbox.vault.wire.answers import Refusal


def check_blocks(blocks: Sequence[str], refusal: str) -> None:
    """See to it that every block can be read; a bare address is a block of one.

    Raises:
        Refusal: 400, with the given text and the block.
    """
    for block in blocks:
        try:
            ipaddress.ip_network(block, strict=False)
        except ValueError:
            raise Refusal(400, f"{refusal}: {block}") from None


def admits(blocks: Sequence[str], host: str) -> bool:
    """Tell whether an address is inside one of the blocks; without any, everybody is."""
    if not blocks:
        return True
    address = ipaddress.ip_address(host)
    return any(address in ipaddress.ip_network(block, strict=False) for block in blocks)


def covers(outer: Sequence[str], inner: Sequence[str]) -> bool:
    """Tell whether every inner block lies within an outer one; without outer ones it does."""
    return not outer or all(any(_within(small, large) for large in outer) for small in inner)


def _within(small: str, large: str) -> bool:
    one, other = (ipaddress.ip_network(block, strict=False) for block in (small, large))
    if isinstance(one, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network):
        return one.subnet_of(other)
    if isinstance(one, ipaddress.IPv6Network) and isinstance(other, ipaddress.IPv6Network):
        return one.subnet_of(other)
    return False
