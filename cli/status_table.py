"""How `manage.py status` looks: a line a mall, narrow enough for a terminal of 80 columns."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from cafe24.overview import MallOverview
from cafe24.tokens.graded import Grade

COLOURS = {Grade.ok: "green", Grade.unfinished: "yellow", Grade.overdue: "yellow"}

HEADINGS = ("mall", "grade", "days left", "refreshed", "synced", "rows", "next refresh")
NUMBERS = frozenset({"days left", "rows"})
MALL_WIDTH = 30
UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def print_status(malls: list[MallOverview], report: dict[str, Any]) -> None:
    """Print the table, and a line for each mall that has something to say."""
    if not malls:
        print("Vault lists no mall. Connect one: .venv/bin/python manage.py authorize MALL")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    widest = max(len(mall.mall_id) for mall in malls)
    for name in HEADINGS:
        # A mall id that is cut short is no id: others give way, and are folded, not cut.
        table.add_column(
            name,
            justify="right" if name in NUMBERS else "left",
            overflow="fold",
            min_width=min(widest, MALL_WIDTH) if name == "mall" else None,
        )
    for mall, row in zip(malls, report["malls"], strict=True):
        table.add_row(*_cells(mall, row))
    console = Console()
    console.print(table)
    for mall in malls:
        if mall.credential.reason:
            console.print(f"{mall.mall_id}: {mall.credential.reason}", markup=False, soft_wrap=True)


def _cells(mall: MallOverview, row: dict[str, Any]) -> list[str]:
    colour = COLOURS.get(mall.credential.grade, "red")
    outcome = "" if mall.last_sync in {None, "synced"} else f", {mall.last_sync}"
    # What a token is graded says nothing of whether anybody spends it.
    aside = ", paused" if mall.status == "paused" else ""
    # A dead token has no days left, whatever its date says.
    has_end = row["days_left"] is not None and mall.credential.grade is not Grade.reauthorize
    return [
        row["mall_id"],
        f"[{colour}]{row['grade']}[/]{aside}",
        f"{row['days_left']:.1f}" if has_end else "-",
        distance(row["last_refresh_at"]),
        distance(row["last_sync_at"]) + outcome,
        "-" if row["rows"] is None else f"{row['rows']:,}",
        distance(row["next_run_at"]),
    ]


def distance(moment: datetime | None, now: datetime | None = None) -> str:
    """Return how far away a time is, in its largest unit; `--json` has it to the second."""
    if moment is None:
        return "-"
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    for unit, length_s in UNITS:
        if abs(seconds) >= length_s:
            count = int(abs(seconds) // length_s)
            return f"in {count} {unit}" if seconds > 0 else f"{count} {unit} ago"
    return "now"
