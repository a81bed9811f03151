"""The products of one mall, in the order of their product_no."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator

from sandbox.mall.catalogue.dice import Dice
from sandbox.mall.catalogue.invention import Birth
from sandbox.mall.catalogue.product import Inventor, Product

NUMBERS = range(1, 2_147_483_648)
"""What since_product_no can reach."""


class Catalogue:
    """Products by product_no; a deleted one is gone from every answer, but can come back."""

    def __init__(self, products: Iterable[Product], inventor: Inventor) -> None:
        self._by_no = {product.birth.product_no: product for product in products}
        self._numbers = sorted(self._by_no)
        self._latest_no = self._numbers[-1] if self._numbers else 0
        self._inventor = inventor
        self._deleted: dict[int, Product] = {}
        self.added: set[int] = set()

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Product]:
        return self.after(-1)

    def __getitem__(self, product_no: int) -> Product:
        return self._by_no[product_no]

    def get(self, product_no: int) -> Product | None:
        """Return the product, or None when the mall does not sell it (any more)."""
        return self._by_no.get(product_no)

    def after(self, product_no: int) -> Iterator[Product]:
        """Return the products with a greater product_no, in ascending order."""
        numbers = self._numbers
        places = range(bisect_right(numbers, product_no), len(numbers))
        return (self._by_no[numbers[place]] for place in places)

    def newest_first(self) -> Iterator[Product]:
        """Return all products, the latest product_no first."""
        return map(self._by_no.__getitem__, reversed(self._numbers))

    def add(self, now_s: int) -> Product:
        """Put a new product on sale, created at `now_s` (seconds since 1970)."""
        gap = Dice(self._inventor.seed, self._inventor.mall_id, "gap", self._latest_no).below(3)
        return self.add_at(self._latest_no + 1 + gap, now_s)

    def add_at(self, product_no: int, now_s: int) -> Product:
        """Put a new product on sale under a number that was never used, though later ones were."""
        self._latest_no = max(self._latest_no, product_no)
        product = Product(Birth(product_no, now_s, now_s), self._inventor)
        self._put(product)
        self.added.add(product_no)
        return product

    def delete(self, product_no: int) -> None:
        """Take a product off every list."""
        self._deleted[product_no] = self._by_no.pop(product_no)
        self._numbers.remove(product_no)

    def restore(self, product_no: int) -> None:
        """Bring a deleted product back, with the product_no it had."""
        self._put(self._deleted.pop(product_no))

    def was_deleted(self, product_no: int) -> bool:
        """Tell whether the product could be restored."""
        return product_no in self._deleted

    def was_never(self, product_no: int) -> bool:
        """Tell whether a new product could get this number."""
        return (
            product_no in NUMBERS
            and product_no not in self._by_no
            and not self.was_deleted(product_no)
        )

    def _put(self, product: Product) -> None:
        self._by_no[product.birth.product_no] = product
        insort(self._numbers, product.birth.product_no)
