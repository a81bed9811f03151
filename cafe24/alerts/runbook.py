"""Where the runbook says what to do about an alert: a section for each in docs/operations.md."""

from collections.abc import Mapping
from dataclasses import dataclass

from cafe24.alerts.tables import IncidentKind

PAGE = "docs/operations.md"

RULES: Mapping[str, str] = {
    "run": "run-failed",
    "late": "run-late",
    "pool": "work-pool-not-ready",
    "silence": "check-expiry-silent",
    "zombie": "run-process-gone",
    "shard": "shard-crashed",
}
"""The sections of the server lane's rules, by the words of theirs that automations.yaml names."""


def section(kind: IncidentKind) -> str:
    """Return the name of a kind's section, which is its anchor too."""
    return kind.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Runbook:
    """The runbook as its readers reach it.

    Attributes:
        url: where they see `PAGE` in a browser. Without one its place in the project is told,
            since nobody knows where a shop keeps its copy.
    """

    url: str | None = None

    def place(self, name: str) -> str:
        """Return the address of a section, or its place in the project."""
        return f"{self.url or PAGE}#{name}"


UNSHOWN = Runbook()
