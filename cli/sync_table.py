"""How `manage.py sync` looks: a line a shop, then what is to be said of each."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.products.shops import ShopSync
from cafe24.products.tables.runs import SyncReport
from cli.output import print_note

HEADINGS = ("mall", "sync", "outcome", "held", "new", "changed", "gone", "took")
WORDS = frozenset({"mall", "sync", "outcome"})
COLOURS = {"synced": "green", "mismatch": "yellow", "braked": "yellow", "busy": "yellow"}
MALL_WIDTH = 30
TOO_FINE_S = 100
"""From here on seconds are told as minutes."""


def print_syncs(answers: Sequence[tuple[MallId, list[ShopSync] | CafeError]]) -> None:
    """Print the table and why each sync read what it did; what went wrong goes to stderr."""
    shops = [shop for _, answer in answers if isinstance(answer, list) for shop in answer]
    if shops:
        _print_table([shop.report for shop in shops])
    for shop in shops:
        if shop.failure is None:
            print(f"{name_of(shop.report)}: {shop.report.mode}: {shop.report.reason}.")
        else:
            print_note(f"{name_of(shop.report)}: {shop.report.reason}")
        if shop.failure is None and shop.report.trouble:
            print_note(f"{name_of(shop.report)}: {shop.report.trouble}.")
    for mall, answer in answers:
        if isinstance(answer, CafeError):
            print_note(f"{mall}: {str(answer).removeprefix(f'{mall}: ')}")


def name_of(report: SyncReport) -> str:
    """Return the mall's id, and which shop where it is not the first."""
    return report.mall_id if report.shop_no == 1 else f"{report.mall_id} shop {report.shop_no}"


def _print_table(reports: Sequence[SyncReport]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    widest = max(len(name_of(report)) for report in reports)
    for name in HEADINGS:
        # A mall id that is cut short is no id: others give way, and are folded, not cut.
        table.add_column(
            name,
            justify="left" if name in WORDS else "right",
            overflow="fold",
            min_width=min(widest, MALL_WIDTH) if name == "mall" else None,
        )
    for report in reports:
        table.add_row(*_cells(report))
    Console().print(table)


def _cells(report: SyncReport) -> list[str]:
    colour = "yellow" if report.trouble else COLOURS.get(report.outcome, "red")
    return [
        name_of(report),
        report.mode or "-",
        f"[{colour}]{report.outcome}[/]",
        _held(report),
        *(f"{count:,}" for count in (report.new, report.changed, report.deleted)),
        _took(report.wall_s),
    ]


def _took(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < TOO_FINE_S else f"{seconds / 60:.0f} min"


def _held(report: SyncReport) -> str:
    """Return how many products are held, and of how many where that is not the same."""
    if report.stored is None:
        return "-"
    if report.source in {None, report.stored}:
        return f"{report.stored:,}"
    return f"{report.stored:,} of {report.source:,}"
