"""Draws what a run changed, as SVG that reads on light and on dark pages.

Written by hand: two bar charts need no library of fifty megabytes.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone
from html import escape

from cafe24.products.report.run_changes import RunChanges

KOREA = timezone(timedelta(hours=9))

WIDTH, HEIGHT = 720, 358
TOP, BAR, STEP = 128, 16, 26
LONGEST_PX = 130

_STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "Noto Sans KR", sans-serif; fill: #24292f }
.title { font-size: 18px; font-weight: 600 }
.head { font-weight: 600 }
.quiet { fill: #57606a }
.label { text-anchor: end }
.card { fill: #ffffff; stroke: #d0d7de }
.axis { stroke: #d0d7de }
.new { fill: #1a7f64 } .changed { fill: #2f6fb7 } .deleted { fill: #c4432b }
.fall { fill: #2f6fb7 } .rise { fill: #d9822b }
.sold { fill: #8250df } .back { fill: #1a7f64 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .quiet { fill: #9aa5b1 }
  .card { fill: #161b22; stroke: #30363d } .axis { stroke: #30363d }
  .new, .back { fill: #3fb68b } .changed, .fall { fill: #58a6ff } .deleted { fill: #ff7b66 }
  .rise { fill: #f0a04b } .sold { fill: #b392f0 }
}
"""


def picture_of(name: str, changes: RunChanges) -> str:
    """Return the picture as an SVG document.

    Args:
        name: whose run, such as `samplemall, shop 1`; any text.
        changes: what the run changed.
    """
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    label = escape(told(changes))
    card = f'x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">',
        f'<style>{_STYLE}</style><rect class="card" {card}/>',
        *_heading(name, changes),
        *_bars(24, 108, "Number of products", _products(changes)),
        *_bars(372, 128, "Number of prices, by how far they moved", _prices(changes)),
        "</svg>",
    ]
    return "\n".join(parts)


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
    yield _text(24, 38, "What the sync changed", "title")
    yield _text(24, 62, f"{name}: {changes.mode} sync of {at} Korean time", "quiet")
    yield _text(
        24,
        82,
        f"{changes.held:,} products held, {changes.unchanged:,} of those read had not changed",
        "quiet",
    )


def _products(changes: RunChanges) -> list[tuple[str, int, str]]:
    return [
        ("new", changes.new, "new"),
        ("changed", changes.changed, "changed"),
        ("deleted", changes.deleted, "deleted"),
        ("newly sold out", changes.newly_sold_out, "sold"),
        ("back in stock", changes.back_in_stock, "back"),
    ]


def _prices(changes: RunChanges) -> list[tuple[str, int, str]]:
    middle = len(changes.price_steps) // 2
    return [
        (step, count, "fall" if place < middle else "rise")
        for place, (step, count) in enumerate(changes.price_steps.items())
    ]


def _falls_and_rises(steps: Mapping[str, int]) -> tuple[int, int]:
    counts = list(steps.values())
    middle = len(counts) // 2
    return sum(counts[:middle]), sum(counts[middle:])


def _bars(left: int, label_px: int, head: str, bars: list[tuple[str, int, str]]) -> Iterator[str]:
    """Draw a chart of its own scale: labels, an axis, bars and their figures."""
    start, most = left + label_px, max(count for _, count, _ in bars) or 1
    yield _text(left, TOP - 12, head, "head")
    yield (
        f'<line class="axis" x1="{start}" x2="{start}" y1="{TOP}" y2="{TOP + len(bars) * STEP}"/>'
    )
    for place, (label, count, kind) in enumerate(bars):
        y = TOP + place * STEP + (STEP - BAR) // 2
        long = max(2, round(LONGEST_PX * count / most)) if count else 0
        yield _text(start - 10, y + 13, label, "label quiet")
        yield f'<rect class="{kind}" x="{start}" y="{y}" width="{long}" height="{BAR}" rx="2"/>'
        yield _text(start + long + 8, y + 13, f"{count:,}", "" if count else "quiet")


def _text(x: int, y: int, words: str, kind: str) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>'
