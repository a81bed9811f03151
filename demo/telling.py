"""How the story is told: a line a step, a spinner while it works, a table at the end."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from cafe24.errors import CafeError


@dataclass
class Step:
    """One step of the story: what was expected and what came."""

    name: str
    expected: str = ""
    got: str = ""
    ok: bool = False
    seconds: float = 0.0

    def check(self, expected: str, got: str, *, ok: bool) -> None:
        """Note what was looked at.

        Raises:
            StepFailed: it is not as expected.
        """
        self.expected = f"{self.expected}; {expected}" if self.expected else expected
        self.got = f"{self.got}; {got}" if self.got else got
        if not ok:
            raise StepFailed(f"expected {expected}, got {got}")


class StepFailed(CafeError):
    """A step did not come out as expected."""


class Telling:
    """Prints the steps as they happen; with `as_json` it only keeps them."""

    def __init__(self, *, as_json: bool) -> None:
        self.steps: list[Step] = []
        self.began_at = time.monotonic()
        self._console = Console(
            file=sys.stderr if as_json else sys.stdout, quiet=as_json, highlight=False
        )

    @property
    def ok(self) -> bool:
        """Whether every step came out as expected."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Tell one step; a failed check or error ends the story after its line."""
        step = Step(name)
        self.steps.append(step)
        began = time.monotonic()
        try:
            with self._console.status(f"{name} ..."):
                yield step
            step.ok = True
        except CafeError as error:
            step.got = step.got or str(error)
            raise
        finally:
            step.seconds = round(time.monotonic() - began, 1)
            self._say(step)

    def note(self, line: str) -> None:
        """Print a line between the steps."""
        self._console.print(line, style="dim", markup=False)

    def table(self) -> None:
        """Print all steps with their times."""
        table = Table(title="make demo", title_justify="left")
        for heading in ("", "step", "checked", "s"):
            table.add_column(heading, justify="right" if heading == "s" else "left")
        for step in self.steps:
            table.add_row("ok" if step.ok else "NO", step.name, step.got, f"{step.seconds:.1f}")
        self._console.print(table)

    def report(self, urls: dict[str, str]) -> dict[str, Any]:
        """Return the story as one object."""
        return {
            "ok": self.ok,
            "seconds": round(time.monotonic() - self.began_at, 1),
            "steps": [asdict(step) for step in self.steps],
            "urls": urls,
        }

    def _say(self, step: Step) -> None:
        mark = "[green]ok[/]" if step.ok else "[red]NO[/]"
        self._console.print(f"{mark} {step.seconds:5.1f} s  ", end="")
        self._console.print(f"{step.name}: {step.got}", markup=False, soft_wrap=True)
        if not step.ok and step.expected:
            self._console.print(
                f"            expected: {step.expected}", markup=False, soft_wrap=True
            )
