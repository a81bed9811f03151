"""How the story is told: a line a step, a spinner while it works, a table at the end.

Asked for JSON, it is told on stderr, and stdout is left to the one object.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

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

    def missed(self, why: str) -> None:
        """Note what came instead of what was to be looked at next."""
        self.expected = f"{self.expected}; no error" if self.expected else "no error"
        self.got = f"{self.got}; {why}" if self.got else why


class StepFailed(CafeError):
    """A step did not come out as expected."""


class Telling:
    """Prints the steps as they happen, and keeps them."""

    def __init__(self, *, as_json: bool) -> None:
        self.steps: list[Step] = []
        self.began_at = time.monotonic()
        self._console = Console(file=sys.stderr if as_json else sys.stdout, highlight=False)

    @property
    def ok(self) -> bool:
        """Whether every step came out as expected."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Tell one step; a failed check or error ends the story after its line.

        Raises:
            CafeError: what failed; a server that broke off counts as a failed check.
        """
        step = Step(name)
        self.steps.append(step)
        began = time.monotonic()
        try:
            with self._console.status(f"{name} ..."):
                yield step
            step.ok = True
        except StepFailed:
            raise
        except KeyboardInterrupt:
            step.missed("stopped")
            raise
        except CafeError as error:
            step.missed(str(error))
            raise
        except httpx.HTTPError as error:
            step.missed(f"{type(error).__name__}: {str(error).splitlines()[0]}")
            raise StepFailed(f"{name}: {step.got}") from None
        finally:
            step.seconds = round(time.monotonic() - began, 1)
            self._say(step)

    def opening(self) -> None:
        """Say what will come."""
        self._console.print("The whole story takes about two minutes.", style="dim")

    def table(self) -> None:
        """Print all steps with what was expected, what came and their times."""
        table = Table(title="What was checked", title_justify="left", show_lines=True)
        for heading in ("", "step", "expected", "got", "s"):
            is_wide = heading in {"step", "expected", "got"}
            table.add_column(
                heading,
                justify="right" if heading == "s" else "left",
                overflow="fold",
                ratio=1 if is_wide else None,
            )
        for step in self.steps:
            mark = "ok" if step.ok else "NO"
            cells = (mark, step.name, step.expected, step.got, f"{step.seconds:.1f}")
            table.add_row(*(Text(cell) for cell in cells))
        self._console.print(table)
        passed = sum(step.ok for step in self.steps)
        self._console.print(f"{passed} of {len(self.steps)} steps ok in {self.seconds:.0f} s")

    @property
    def seconds(self) -> float:
        """How long the story has taken."""
        return round(time.monotonic() - self.began_at, 1)

    def report(self, urls: dict[str, str]) -> dict[str, Any]:
        """Return the story as one object."""
        return {
            "ok": self.ok,
            "seconds": self.seconds,
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
