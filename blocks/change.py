"""One thing in Prefect, and what it takes to be as wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Verb = Literal["create", "update", "remove", "keep"]

_SAID = {"create": "created", "update": "updated", "remove": "removed", "keep": "as it should be"}


PAUSED = "paused by hand"
"""Said of what is as wanted but was switched off: the operator's right, and easily forgotten."""


def nothing() -> None:
    """Do nothing: it is as wanted."""


@dataclass(frozen=True, slots=True)
class Change:
    """What to do about one thing; nothing happens before `carry_out` is called.

    Attributes:
        what: the thing, such as `deployment refresh-tokens/weekly`.
        verb: `keep` when it is as wanted.
        because: the parts that differ, by name; never a value.
    """

    what: str
    verb: Verb
    carry_out: Callable[[], None] = nothing
    because: Sequence[str] = ()

    @property
    def is_drift(self) -> bool:
        """Whether the thing is not as wanted."""
        return self.verb != "keep"

    def line(self, *, done: bool) -> str:
        """Return a line for people: what was done, or what would be."""
        said = _SAID[self.verb] if done or not self.is_drift else f"would be {_SAID[self.verb]}"
        return f"{self.what}: {said}{_in_brackets(self.because)}"


def differing(wanted: dict[str, object], held: dict[str, object]) -> tuple[str, ...]:
    """Return the names under which two things differ, in order."""
    return tuple(sorted(name for name, value in wanted.items() if held.get(name) != value))


def _in_brackets(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if names else ""
