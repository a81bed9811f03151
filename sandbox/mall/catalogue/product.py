"""One product: invented when it is first looked at, encoded once, held once it changed."""

from decimal import Decimal
from typing import Any

import orjson

from sandbox.mall.catalogue import invention, variants
from sandbox.mall.catalogue.fields import DETAIL_ONLY
from sandbox.mall.catalogue.invention import Birth
from sandbox.mall.catalogue.kept import Kept
from sandbox.mall.catalogue.money import money

Record = dict[str, Any]

FIRST_SHOP = 1
EMBEDDED_VARIANTS = 100
"""`embed=variants` stops here, silently."""

_DEARER_EACH_SHOP = Decimal(1000)


class Inventor:
    """Knows how the products of one mall look before anybody changed them.

    Attributes:
        kept: where products say what they keep encoded; shared by all malls.
    """

    __slots__ = ("kept", "mall_id", "seed")

    def __init__(self, seed: int, mall_id: str, kept: Kept) -> None:
        self.seed, self.mall_id, self.kept = seed, mall_id, kept

    def listed(self, birth: Birth) -> Record:
        """Return the fields that a list answers."""
        return invention.list_fields(self.seed, self.mall_id, birth)

    def whole(self, birth: Birth) -> tuple[Record, list[Record]]:
        """Return all fields of the product, and its variants."""
        listed = self.listed(birth)
        found = variants.invent_variants(self.seed, self.mall_id, listed)
        names = variants.option_names(found)
        detail = invention.detail_fields(self.seed, self.mall_id, listed, names)
        return {**listed, **detail}, found


class Product:
    """A product of a mall.

    An untouched product keeps no record, only the bytes that were asked for last, so
    that a mall of a million products, and ten thousand malls, fit into memory.

    Attributes:
        birth: its product_no, and its created and updated times.
        odd_json: what every call answers in its place, JSON or not, until it is changed.
    """

    __slots__ = ("_held", "_inventor", "_listed_json", "_variants_json", "birth", "odd_json")

    def __init__(self, birth: Birth, inventor: Inventor) -> None:
        self.birth = birth
        self._inventor = inventor
        self._held: tuple[Record, list[Record]] | None = None
        self._listed_json: bytes | None = None
        self._variants_json: bytes | None = None
        self.odd_json: bytes | None = None

    @property
    def whole(self) -> tuple[Record, list[Record]]:
        """All fields and all variants. Read only: they are shared."""
        return self._held or self._inventor.whole(self.birth)

    @property
    def record(self) -> Record:
        """All fields of the product, without its variants. Read only."""
        return self.whole[0]

    @property
    def variants(self) -> list[Record]:
        """All variants, also beyond the hundredth. Read only."""
        return self.whole[1]

    @property
    def listed(self) -> Record:
        """The fields that a list answers. Read only."""
        if self._held is None:
            return self._inventor.listed(self.birth)
        return {name: value for name, value in self._held[0].items() if name not in DETAIL_ONLY}

    @property
    def listed_json(self) -> bytes:
        """`listed`, encoded once."""
        if self._listed_json is None:
            self._listed_json = self._kept(_encoded(self.listed))
        return self._listed_json

    @property
    def variants_json(self) -> bytes:
        """What `embed=variants` answers, encoded once."""
        if self._variants_json is None:
            self._variants_json = self._kept(_encoded(self.variants[:EMBEDDED_VARIANTS]))
        return self._variants_json

    def in_shop(self, shop_no: int) -> "Product":
        """Return the product as another shop of a multi-shop mall shows it: named, priced anew."""
        if shop_no == FIRST_SHOP or self.odd_json is not None:
            return self
        record, variants = self.whole
        seen = Product(self.birth, self._inventor)
        seen.hold(_in_shop(record, shop_no), [{**one, "shop_no": shop_no} for one in variants])
        return seen

    def hold(self, record: Record, variants: list[Record], birth: Birth | None = None) -> None:
        """From now on, be exactly this."""
        self._held = (record, variants)
        self.odd_json = None
        self.forget()
        self.birth = birth or self.birth

    def forget(self) -> None:
        """Let go of the encoded bytes; they are made again when they are asked for."""
        self._listed_json = self._variants_json = None

    def be_odd(self, text: str, now_s: int) -> None:
        """From now on, be told as this text, dated at `now_s` (seconds since 1970)."""
        self.odd_json = text.encode("utf-8", "surrogatepass")
        self.birth = self.birth._replace(updated_at=now_s)

    def _kept(self, encoded: bytes) -> bytes:
        # A changed product holds its record anyway, and another shop's lives for one call.
        if self._held is None:
            self._inventor.kept.keep(self, len(encoded))
        return encoded


def _encoded(value: Any) -> bytes:
    # Copied, because orjson's own bytes keep the larger buffer they were written into.
    return memoryview(orjson.dumps(value)).tobytes()


def _in_shop(record: Record, shop_no: int) -> Record:
    name = record.get("eng_product_name") or record.get("product_name")
    price = money(record.get("price")) + _DEARER_EACH_SHOP * (shop_no - FIRST_SHOP)
    return {
        **record,
        "shop_no": shop_no,
        "product_name": f"{name} ({shop_no})",
        "price": f"{price:.2f}",
    }
