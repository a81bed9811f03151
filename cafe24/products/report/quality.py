"""What a person should look at: gaps, price jumps, sold-out goods, doubles, sudden rises."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine

from cafe24.products.report.frames import LOOKED_AT, RunFrames, read_frames
from cafe24.products.tables.catalog import Shop

NO_CODE = {"brand_code": "B0000000", "manufacturer_code": "M0000000", "supplier_code": "S0000000"}
"""Cafe24 writes these where nothing was chosen."""

JUMP_SHARE = 0.3
SUDDEN_RISE = 0.1
"""A share that rises by this much in one run is a mistake of somebody's more often than not."""

MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class PriceJump:
    """A price that changed by more than a set share. Amounts as Cafe24 wrote them."""

    product_no: int
    product_name: str
    old: str
    new: str
    share: float


@dataclass(frozen=True, slots=True)
class SuddenRise:
    """A share of the shop's products that one run saw rise by much. Shares are of 1.

    Attributes:
        what: such as `sold out` or `list_image is empty`.
    """

    what: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found. Shares are of 1, rounded to four digits.

    Attributes:
        rows: products that are held and not deleted.
        gap_shares: columns that are empty in some products, the emptiest first.
        sold_out_share: products that are sold out.
        newly_sold_out_share: products that this run saw become so.
        price_jumps: the largest first, at most 20.
        shared_codes: custom_product_codes of several products, with their number.
        sudden: what rose suddenly against before the run, the steepest first; nothing
            after a first sync, which has no before.
    """

    rows: int
    gap_shares: dict[str, float]
    sold_out_share: float
    newly_sold_out_share: float
    price_jumps: tuple[PriceJump, ...]
    shared_codes: dict[str, int]
    sudden: tuple[SuddenRise, ...] = ()


def read_quality(
    engine: Engine, shop: Shop, sync_run_id: int, *, jump_share: float = JUMP_SHARE
) -> Quality:
    """Look at a shop's products and at what one run changed.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was read.
    """
    return quality_of(read_frames(engine, shop, sync_run_id), jump_share)


def quality_of(frames: RunFrames, jump_share: float = JUMP_SHARE) -> Quality:
    """Return what one run's frames say."""
    products, changes = frames.after, frames.changes
    rows = len(products)
    newly = changes[(changes["field"] == "sold_out") & (changes["new"] == "T")]
    jumps = _price_jumps(changes, products, jump_share)
    return Quality(
        rows=rows,
        gap_shares=_gap_shares(products),
        sold_out_share=_sold_out_share(products),
        newly_sold_out_share=_share(int(newly["product_no"].isin(products.index).sum()), rows),
        price_jumps=_told(jumps.head(MOST_TOLD)),
        shared_codes=_shared_codes(products),
        sudden=_sudden(frames, len(jumps)),
    )


def _sudden(frames: RunFrames, jumps: int) -> tuple[SuddenRise, ...]:
    if frames.before.empty:
        return ()
    before, after = _watched(frames.before), _watched(frames.after)
    jumped = f"price jumped by more than {JUMP_SHARE:.0%}"
    before[jumped], after[jumped] = 0.0, _share(jumps, len(frames.after))
    rises = [SuddenRise(what, before.get(what, 0.0), share) for what, share in after.items()]
    steep = [rise for rise in rises if rise.after - rise.before >= SUDDEN_RISE]
    return tuple(sorted(steep, key=lambda rise: rise.before - rise.after))


def _watched(products: pd.DataFrame) -> dict[str, float]:
    """Return the shares that should not rise from one run to the next."""
    codes = products["custom_product_code"]
    shared = codes[codes.notna() & (codes != "")].duplicated(keep=False)
    return {
        "sold out": _sold_out_share(products),
        "code of several products": _share(int(shared.sum()), len(products)),
        **{f"{name} is empty": share for name, share in _gap_shares(products).items()},
    }


def _sold_out_share(products: pd.DataFrame) -> float:
    return _share(int(products["sold_out"].eq(True).sum()), len(products))  # noqa: FBT003 - null is not true


def _gap_shares(products: pd.DataFrame) -> dict[str, float]:
    nothing: tuple[object, ...] = ("", [], "[]")  # the last as a change tells it
    texts = products[list(LOOKED_AT)].map(lambda value: None if value in nothing else value)
    for name, code in NO_CODE.items():
        texts[name] = texts[name].where(texts[name] != code)
    counts = texts.isna().sum().sort_values(ascending=False, kind="stable")
    return {str(name): _share(int(n), len(products)) for name, n in counts.items() if n}


def _price_jumps(changes: pd.DataFrame, products: pd.DataFrame, jump_share: float) -> pd.DataFrame:
    """Return the prices that changed by more, the largest share first."""
    moved = changes[changes["field"] == "price"].merge(
        products[["product_name"]], left_on="product_no", right_index=True
    )
    moved["share"] = price_shares(moved)
    jumps = moved[moved["share"].abs() > jump_share]
    return jumps.reindex(jumps["share"].abs().sort_values(ascending=False, kind="stable").index)


def price_shares(changes: pd.DataFrame) -> "pd.Series[float]":
    """Return by which share of the old each price moved; NaN where there is none to compare.

    Floats only to compare: what is told is the text as Cafe24 wrote it.
    """
    old = pd.to_numeric(changes["old"], errors="coerce")
    new = pd.to_numeric(changes["new"], errors="coerce")
    return (new - old) / old.where(old > 0)


def _told(jumps: pd.DataFrame) -> tuple[PriceJump, ...]:
    return tuple(
        PriceJump(
            one["product_no"],
            one["product_name"],
            one["old"],
            one["new"],
            round(one["share"], 4),
        )
        for one in jumps.to_dict("records")
    )


def _shared_codes(products: pd.DataFrame) -> dict[str, int]:
    codes = products["custom_product_code"]
    counts = codes[codes.notna() & (codes != "")].value_counts()
    return {str(code): int(n) for code, n in counts[counts > 1].head(MOST_TOLD).items()}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
