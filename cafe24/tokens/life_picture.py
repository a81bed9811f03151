"""Draws how long each mall's refresh token still lives, against the days that alert."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cafe24.alerts.moments import shown
from cafe24.drawing import bar, card, text, upright
from cafe24.tokens.graded import WARNING_BELOW, Grade
from cafe24.tokens.grades import CRITICAL_BELOW
from cafe24.tokens.pair import REFRESH_LIFETIME

MOST_DRAWN = 20

WIDTH, LEFT, LONGEST_PX = 720, 176, 400
TOP, STEP, BAR = 112, 26, 16
LABEL_CHARS = 20

_DAY = timedelta(days=1)
_KINDS = {
    Grade.ok: "good",
    Grade.unfinished: "calm",
    Grade.overdue: "calm",
    Grade.warning: "uneasy",
}
"""Colours; what is worse is red."""


@dataclass(frozen=True, slots=True)
class Life:
    """One mall's refresh token: its grade, and what it has left; None when unknown."""

    mall_id: str
    grade: Grade
    left: timedelta | None


def worst_first(lives: Sequence[Life]) -> list[Life]:
    """Return them in the order in which they need somebody."""
    return sorted(lives, key=lambda one: (-one.grade, one.left or timedelta(0), one.mall_id))


def life_picture(lives: Sequence[Life], at: datetime) -> str:
    """Return the picture as an SVG document; only the worst are drawn.

    Args:
        lives: of every mall.
        at: when they were so.
    """
    drawn = worst_first(lives)[:MOST_DRAWN]
    rest = len(lives) - len(drawn)
    bottom = TOP + len(drawn) * STEP
    height = bottom + (44 if rest else 20)
    parts = [
        text(24, 38, "What the refresh tokens have left", "title"),
        text(24, 62, f"{_counted(lives)}; {shown(at)}", "quiet"),
        *_threshold(CRITICAL_BELOW, "1 day", bottom),
        *_threshold(WARNING_BELOW, "3 days", bottom),
        *(part for place, one in enumerate(drawn) for part in _row(TOP + place * STEP, one)),
    ]
    if rest:
        parts.append(text(24, bottom + 24, f"and {rest:,} more that are no worse", "quiet"))
    return card(WIDTH, height, told(lives), parts)


def told(lives: Sequence[Life]) -> str:
    """Return the same in a sentence or two."""
    known = [one for one in lives if one.left is not None and one.grade is not Grade.reauthorize]
    if not known:
        return f"{_counted(lives)}."
    first = min(known, key=lambda one: one.left or timedelta(0))
    return f"{_counted(lives)}. The first to end is {first.mall_id}: {_standing(first)}."


def _counted(lives: Sequence[Life]) -> str:
    """Return such as `4 malls: 1 critical, 3 ok`."""
    counts = {
        grade.name: sum(one.grade is grade for one in lives)
        for grade in sorted(Grade, reverse=True)
    }
    counted = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"{len(lives):,} {'mall' if len(lives) == 1 else 'malls'}: {counted}"


def _threshold(at: timedelta, label: str, bottom: float) -> Iterator[str]:
    x = LEFT + _px(at)
    yield upright(x, TOP - 6, bottom)
    yield text(x - 2, TOP - 14, label, "quiet")


def _row(top: int, one: Life) -> Iterator[str]:
    y = top + (STEP - BAR) // 2
    # A dead token has nothing left, whatever its dates say.
    long = _px(one.left) if one.left and one.grade is not Grade.reauthorize else 0
    name = one.mall_id if len(one.mall_id) <= LABEL_CHARS else f"{one.mall_id[:LABEL_CHARS]}…"
    yield text(LEFT - 10, y + 13, name, "label quiet")
    if long:
        yield bar(LEFT, y, long, BAR, _KINDS.get(one.grade, "bad"))
    yield text(LEFT + long + 8, y + 13, _standing(one))


def _px(left: timedelta) -> float:
    """Return how long a bar is; one that ends soon can still be seen."""
    share = min(1.0, max(0.0, left / REFRESH_LIFETIME))
    return max(2.0, round(LONGEST_PX * share, 1)) if share else 0.0


def _standing(one: Life) -> str:
    if one.grade is Grade.reauthorize:
        return "needs consent"
    if one.left is None:
        return "unknown"
    if one.left <= timedelta(0):
        return "expired"
    days = f"{one.left / _DAY:.1f} days"
    return days if one.grade is Grade.ok else f"{days}, {one.grade.name}"
