"""How many products a mall sells where malls are as unequal as an app's customers are."""

from sandbox.mall.catalogue.dice import Dice

EVEN, SKEWED = "even", "skewed"

SMALL, MIDDLE, LARGE = 50, 5_000, 50_000
"""Products of a mall of each kind."""

MIDDLE_PERMILLE, LARGE_PERMILLE = 49, 1
"""Of a thousand malls; the other 950 are small."""


def skewed_size(seed: int, mall_id: str) -> int:
    """Return how many products the mall sells, by a draw of its own."""
    drawn = Dice(seed, mall_id, "size").below(1000)
    if drawn < LARGE_PERMILLE:
        return LARGE
    return MIDDLE if drawn < LARGE_PERMILLE + MIDDLE_PERMILLE else SMALL
