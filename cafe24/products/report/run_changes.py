"""What one run changed, in figures that a picture can show."""

import math
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from cafe24.products.report.frames import RunFrames
from cafe24.products.report.quality import price_shares

STEPS = (
    "-50 % or more", "-30 to -50 %", "-10 to -30 %", "up to -10 %",
    "up to +10 %", "+10 to +30 %", "+30 to +50 %", "more than +50 %",
)  # fmt: skip
"""How far prices moved, from the deepest fall to the highest rise."""

_EDGES = (-math.inf, -0.5, -0.3, -0.1, 0, 0.1, 0.3, 0.5, math.inf)


@dataclass(frozen=True, slots=True)
class RunChanges:
    """What one run changed, in products.

    Attributes:
        mode: full or incremental.
        started_at: when it began, aware.
        unchanged: read, and not changed.
        price_steps: how many prices moved by how much, from falls to rises.
        sold_out: how many are sold out now; `newly_sold_out` and `back_in_stock`
            became so, or ceased to be, by this run.
    """

    mode: str
    started_at: datetime
    held: int
    new: int
    changed: int
    deleted: int
    unchanged: int
    price_steps: dict[str, int]
    sold_out: int
    newly_sold_out: int
    back_in_stock: int


def changes_of(frames: RunFrames) -> RunChanges:
    """Return what one run's frames say."""
    run, changes = frames.run, frames.changes
    sold_out = changes[changes["field"] == "sold_out"]
    return RunChanges(
        mode=run.mode or "",
        started_at=run.started_at,
        held=len(frames.after),
        new=run.new,
        changed=run.changed,
        deleted=run.deleted,
        unchanged=run.unchanged,
        price_steps=_price_steps(changes[changes["field"] == "price"]),
        sold_out=int(frames.after["sold_out"].eq(True).sum()),  # noqa: FBT003 - null is not true
        newly_sold_out=int(sold_out["new"].eq("T").sum()),
        back_in_stock=int(sold_out["new"].eq("F").sum()),
    )


def _price_steps(prices: pd.DataFrame) -> dict[str, int]:
    shares = price_shares(prices)
    steps = pd.cut(shares[shares != 0], list(_EDGES), labels=list(STEPS))
    counts = steps.value_counts()
    return {step: int(counts[step]) for step in STEPS}
