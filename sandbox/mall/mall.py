"""One mall: its catalogue, tokens, limits, faults and ways."""

import random
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sandbox.mall.catalogue.catalogue import Catalogue
from sandbox.mall.catalogue.given import given_products
from sandbox.mall.catalogue.invention import births
from sandbox.mall.catalogue.kept import Kept
from sandbox.mall.catalogue.product import Inventor, Product
from sandbox.mall.faults import Faults
from sandbox.mall.limits import Gauge
from sandbox.mall.oauth.codes import CodeStore
from sandbox.mall.oauth.grants import TokenRequests
from sandbox.mall.oauth.tokens import TokenStore
from sandbox.mall.sizes import skewed_size
from sandbox.mall.switches import Behaviour, Limits


@dataclass(frozen=True, slots=True)
class Stock:
    """What the malls of the sandbox sell at first.

    Attributes:
        seed: of everything invented.
        count: how many products are invented for each mall.
        records: products from a file, instead of invented ones.
        is_skewed: invent for each mall as many as its own draw says.
        kept: what all of them keep encoded.
    """

    seed: int
    count: int
    records: list[dict[str, Any]] | None = None
    is_skewed: bool = False
    kept: Kept = field(default_factory=Kept)

    def products(self, inventor: Inventor) -> list[Product]:
        """Return the products of one mall."""
        if self.records is not None:
            return given_products(self.records, inventor)
        found = births(self.seed, inventor.mall_id, self.size(inventor.mall_id))
        return [Product(birth, inventor) for birth in found]

    def size(self, mall_id: str) -> int:
        """Return how many products the mall sells; invents none of them."""
        if self.records is not None:
            return len(self.records)
        return skewed_size(self.seed, mall_id) if self.is_skewed else self.count


class Mall:
    """A mall that somebody called or asked about; the others exist only by name."""

    def __init__(self, mall_id: str, stock: Stock, behaviour: Behaviour, limits: Limits) -> None:
        self.mall_id = mall_id
        self.behaviour = behaviour
        self.limits = limits
        self.has_app = False
        self.tokens = TokenStore()
        self.codes = CodeStore()
        self.token_requests = TokenRequests()
        self.faults = Faults()
        self.gauge = Gauge()
        self.chance = random.Random(f"{stock.seed} {mall_id}")
        self._stock = stock

    @cached_property
    def catalogue(self) -> Catalogue:
        """What the mall sells, laid out when first asked for."""
        inventor = Inventor(self._stock.seed, self.mall_id, self._stock.kept)
        return Catalogue(self._stock.products(inventor), inventor)

    @property
    def product_count(self) -> int:
        """How many products the mall sells; does not lay out the catalogue."""
        is_laid_out = "catalogue" in vars(self)
        return len(self.catalogue) if is_laid_out else self._stock.size(self.mall_id)

    def uninstall_app(self) -> None:
        """Do what happens when the shop's owner deletes the app: its tokens die."""
        self.has_app = False
        self.tokens.revoke_access()
        self.tokens.revoke_refresh()

    def newest_expiries(self, now: datetime) -> dict[str, datetime | None]:
        """Return when the longest-lived live access and refresh token expire."""
        shelves = {"access": self.tokens.access, "refresh": self.tokens.refresh}
        return {
            name: max((t.expires_at for t in shelf.values() if t.is_live(now)), default=None)
            for name, shelf in shelves.items()
        }
