"""Draws SVG cards that read on light and on dark pages.

Written by hand: bars and words need no library of fifty megabytes.
"""

from collections.abc import Iterable
from html import escape

_STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "Noto Sans KR", sans-serif; fill: #24292f }
.title { font-size: 18px; font-weight: 600 }
.head { font-weight: 600 }
.quiet { fill: #57606a }
.label { text-anchor: end }
.card { fill: #ffffff; stroke: #d0d7de }
.axis { stroke: #d0d7de }
.good { fill: #1a7f64 } .calm { fill: #2f6fb7 } .uneasy { fill: #d9822b }
.bad { fill: #c4432b } .other { fill: #8250df }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .quiet { fill: #9aa5b1 }
  .card { fill: #161b22; stroke: #30363d } .axis { stroke: #30363d }
  .good { fill: #3fb68b } .calm { fill: #58a6ff } .uneasy { fill: #f0a04b }
  .bad { fill: #ff7b66 } .other { fill: #b392f0 }
}
"""


def card(width: int, height: int, told: str, parts: Iterable[str]) -> str:
    """Return an SVG document: a rounded card with `parts` on it.

    Args:
        width: in pixels, like `height`.
        height: see there.
        told: the same in a sentence, for who cannot see it; any text.
        parts: what is drawn, as SVG.
    """
    label = escape(told)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    ground = f'x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">',
            f'<style>{_STYLE}</style><rect class="card" {ground}/>',
            *parts,
            "</svg>",
        ]
    )


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Return words at a place; they may be any text."""
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>'


def bar(x: float, y: float, width: float, height: float, kind: str) -> str:
    """Return a bar in the colour of its kind."""
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="2"/>'


def upright(x: float, top: float, bottom: float) -> str:
    """Return a thin upright line."""
    return f'<line class="axis" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'
