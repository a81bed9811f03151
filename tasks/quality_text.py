"""The quality report as Markdown, for the page of the run that made it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    # For its type alone: pandas comes with it.
    from cafe24.products.report import Quality

NAME_LIMIT = 60


def quality_text(quality: Quality) -> str:
    """Return what a person should look at, the weightiest first; nothing wrong is said too."""
    parts = [
        _summary(quality),
        *_part(
            "Prices that jumped",
            ("product_no", "product_name", "before", "after", "by"),
            [
                (one.product_no, one.product_name, one.old, one.new, f"{one.share:+.0%}")
                for one in quality.price_jumps
            ],
        ),
        *_part("Codes of several products", ("custom_product_code", "products"),
               quality.shared_codes.items()),
        *_part("Fields that are empty", ("field", "empty in"),
               [(name, f"{share:.1%}") for name, share in quality.gap_shares.items()]),
    ]  # fmt: skip
    return "\n\n".join(parts)


def _summary(quality: Quality) -> str:
    return (
        f"**{quality.rows:,}** products, {quality.sold_out_share:.1%} sold out, "
        f"{quality.newly_sold_out_share:.1%} since this sync."
    )


def _part(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a titled table; none where there is nothing to tell."""
    lines = [_row(one) for one in rows]
    if not lines:
        return []
    return [f"### {title}", "\n".join([_row(heads), _row(["---"] * len(heads)), *lines])]


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(_cell(str(one)) for one in cells)} |"


def _cell(text: str) -> str:
    """Return text from outside as plain text of one table cell."""
    line = " ".join(text.split())
    short = line if len(line) <= NAME_LIMIT else f"{line[: NAME_LIMIT - 1]}…"
    return "".join(f"&#{ord(one)};" if one in "|`*_[]\\" else one for one in html.escape(short))
