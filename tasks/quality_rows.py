"""The quality report as a table's rows, for the page of the run that made it.

A table and not Markdown: products' names hold HTML and whatever else, and the UI shows
a table's cells as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    # For its type alone: pandas comes with it.
    from cafe24.products.report.quality import Quality, SuddenRise

Row = dict[str, str]


def quality_rows(quality: Quality) -> list[Row]:
    """Return what a person should look at: what is sudden, the shop as a whole, the rest."""
    return [
        *(_row("SUDDEN", one.what, _rise(one)) for one in quality.sudden),
        _row("products", "held", f"{quality.rows:,}"),
        _row("products", "sold out", f"{quality.sold_out_share:.1%}"),
        _row("products", "sold out by this sync", f"{quality.newly_sold_out_share:.1%}"),
        *_findings(quality),
    ]


def sudden_lines(quality: Quality) -> list[str]:
    """Return what rose suddenly, a line each, for the run's log."""
    return [f"{one.what}: {_rise(one)}" for one in quality.sudden]


def _rise(one: SuddenRise) -> str:
    return f"{one.after:.1%} of the products, {one.before:.1%} before this sync"


def _findings(quality: Quality) -> Iterator[Row]:
    for jump in quality.price_jumps:
        change = f"{jump.old} -> {jump.new} ({jump.share:+.0%})"
        yield _row("price jumped", f"{jump.product_no} {jump.product_name}", change)
    for code, count in quality.shared_codes.items():
        yield _row("code of several products", code, f"{count} products")
    for name, share in quality.gap_shares.items():
        yield _row("field is empty", name, f"{share:.1%}")


def _row(what: str, where: str, found: str) -> Row:
    return {"what": what, "where": where, "found": found}
