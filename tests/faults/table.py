"""The table that the bench ends with."""

from collections import defaultdict
from collections.abc import Iterable

from tests.faults.case import Outcome
from tests.faults.latency import Figures, median, p99

COLUMNS = ("runs", "lost outside", "lost inside", "ambiguous", "recovered", "broken")


class Table:
    """Counts outcomes by row, in the order in which rows were first seen."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(COLUMNS))
        self.flaws: list[str] = []

    def add(self, outcome: Outcome) -> None:
        """Count one case."""
        stuck = any(flaw.startswith("no way out") for flaw in outcome.broken)
        self.count(
            outcome.case.row,
            outcome.loss == "outside",
            outcome.loss == "inside",
            outcome.is_ambiguous,
            not stuck,
            bool(outcome.broken),
        )
        self.flaws += [f"{outcome.case} {flaw}" for flaw in outcome.broken]

    def count(self, row: str, *counted: bool) -> None:
        """Add one run to a row."""
        for place, one in enumerate((True, *counted)):
            self._rows[row][place] += one

    def text(self) -> str:
        """Return the table, a total below it."""
        rows = sorted(self._rows.items())
        total = [sum(column) for column in zip(*self._rows.values(), strict=True)]
        width = max(len(name) for name in [*self._rows, "case"])
        lines = [_line("case", COLUMNS, width)]
        lines += [_line(name, counted, width) for name, counted in [*rows, ("total", total)]]
        return "\n".join(lines)


def figures_text(all_figures: Iterable[Figures]) -> str:
    """Return both figures of each condition, in milliseconds; nothing when none was taken."""
    lines = [f"{'milliseconds':<50}{'grants':>6}{'median':>9}{'p99':>9}{'limit':>8}"]
    for one in all_figures:
        for what, values, limit in (
            ("last byte to durable", one.ours, f"{one.limit_ms:.0f}"),
            ("exposure", one.exposure, ""),
        ):
            name = f"{what}, {one.name}"
            lines.append(
                f"{name:<50}{len(values):>6}{median(values):>9.1f}{p99(values):>9.1f}{limit:>8}"
            )
    return "\n".join(lines) if len(lines) > 1 else ""


def _line(name: str, values: Iterable[object], width: int) -> str:
    return f"{name:<{width}}" + "".join(f"{value!s:>14}" for value in values)
