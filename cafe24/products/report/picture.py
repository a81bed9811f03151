"""Draws what a run changed: two bar charts."""

from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone

from cafe24.drawing import bar, card, text, upright
from cafe24.products.report.run_changes import RunChanges

KOREA = timezone(timedelta(hours=9))

WIDTH, HEIGHT = 720, 358
TOP, BAR, STEP = 128, 16, 26
LONGEST_PX = 130


def picture_of(name: str, changes: RunChanges) -> str:
    """Return the picture as an SVG document.

    Args:
        name: whose run, such as `samplemall, shop 1`; any text.
        changes: what the run changed.
    """
    parts = [
        *_heading(name, changes),
        *_bars(24, 108, "Number of products", _products(changes)),
        *_bars(372, 128, "Number of prices, by how far they moved", _prices(changes)),
    ]
    return card(WIDTH, HEIGHT, told(changes), parts)


def told(changes: RunChanges) -> str:
    """Return the same in a sentence."""
    falls, rises = _falls_and_rises(changes.price_steps)
    return (
        f"{changes.new:,} new, {changes.changed:,} changed, {changes.deleted:,} deleted and "
        f"{changes.unchanged:,} unchanged of {changes.held:,} products; {falls:,} prices fell and "
        f"{rises:,} rose; {changes.newly_sold_out:,} sold out and {changes.back_in_stock:,} back "
        f"in stock."
    )


def _heading(name: str, changes: RunChanges) -> Iterator[str]:
    at = changes.started_at.astimezone(KOREA).strftime("%Y-%m-%d %H:%M")
    yield text(24, 38, "What the sync changed", "title")
    yield text(24, 62, f"{name}: {changes.mode} sync of {at} Korean time", "quiet")
    yield text(
        24,
        82,
        f"{changes.held:,} products held, {changes.unchanged:,} of those read had not changed",
        "quiet",
    )


def _products(changes: RunChanges) -> list[tuple[str, int, str]]:
    return [
        ("new", changes.new, "good"),
        ("changed", changes.changed, "calm"),
        ("deleted", changes.deleted, "bad"),
        ("newly sold out", changes.newly_sold_out, "other"),
        ("back in stock", changes.back_in_stock, "good"),
    ]


def _prices(changes: RunChanges) -> list[tuple[str, int, str]]:
    middle = len(changes.price_steps) // 2
    return [
        (step, count, "calm" if place < middle else "uneasy")
        for place, (step, count) in enumerate(changes.price_steps.items())
    ]


def _falls_and_rises(steps: Mapping[str, int]) -> tuple[int, int]:
    counts = list(steps.values())
    middle = len(counts) // 2
    return sum(counts[:middle]), sum(counts[middle:])


def _bars(left: int, label_px: int, head: str, bars: list[tuple[str, int, str]]) -> Iterator[str]:
    """Draw a chart of its own scale: labels, an axis, bars and their figures."""
    start, most = left + label_px, max(count for _, count, _ in bars) or 1
    yield text(left, TOP - 12, head, "head")
    yield upright(start, TOP, TOP + len(bars) * STEP)
    for place, (label, count, kind) in enumerate(bars):
        y = TOP + place * STEP + (STEP - BAR) // 2
        long = max(2, round(LONGEST_PX * count / most)) if count else 0
        yield text(start - 10, y + 13, label, "label quiet")
        yield bar(start, y, long, BAR, kind)
        yield text(start + long + 8, y + 13, f"{count:,}", "" if count else "quiet")
