"""What `manage.py doctor` looks at in Prefect: its API, version, worker, plans and drift.

The drift is told by `manage.py setup --diff` in a process of its own: Prefect takes
seconds to import, and meanwhile the doctor looks at the rest.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from cafe24.checkup.finding import Finding, ok, warning, wrong
from cafe24.errors import CafeError, PrefectRefused
from cafe24.settings import PROJECT
from cli.output import when
from cli.prefect_outlook import START_ONE, Outlook, outlook

SETUP = "Run: .venv/bin/python manage.py setup"
DIFF_S = 60.0
PAUSED = "paused by hand"
SHOWN = 3
IN_VAULT = "vault "
"""What begins so is told by the doctor's own look at Vault."""


@dataclass
class Drift:
    """`manage.py setup --diff`, under way."""

    process: subprocess.Popen[str]

    @classmethod
    def begun(cls) -> "Drift":
        """Start it."""
        command = [sys.executable, str(PROJECT / "manage.py"), "setup", "--diff", "--json"]
        return cls(
            subprocess.Popen(  # noqa: S603 - our own command line
                command,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )

    def report(self) -> dict[str, Any]:
        """Wait for it, and return what it reports, which may be its error.

        Raises:
            PrefectRefused: it told nothing that can be read.
        """
        try:
            out, _ = self.process.communicate(timeout=DIFF_S)
            told: dict[str, Any] = json.loads(out)
        except (subprocess.TimeoutExpired, ValueError):
            raise PrefectRefused(
                "Whether Prefect is set up as wanted could not be told.",
                "Look: .venv/bin/python manage.py setup --diff",
            ) from None
        return told

    def drop(self) -> None:
        """End it, whether anybody waited for it or not."""
        self.process.kill()
        self.process.communicate()


def prefect_findings(drift: Drift | None) -> Iterator[Finding]:
    """Yield what is found in Prefect; without a drift, it is not compared with the settings."""
    try:
        ahead = outlook()
        if ahead is None:
            yield warning(
                "prefect",
                "PREFECT_API_URL is not set, so no command finds the server.",
                "Set it in the environment: export PREFECT_API_URL=http://127.0.0.1:4200/api",
            )
            return
        yield _server(ahead)
        yield from _ahead(ahead)
        if drift is not None:
            yield from _drift(drift.report())
    except CafeError as failure:
        yield Finding.of("prefect", failure)


def _server(ahead: Outlook) -> Finding:
    ours = version("prefect")
    if ahead.version and _release(ahead.version) < _release(ours):
        return warning(
            "prefect",
            f"The server is Prefect {ahead.version}, older than ours, {ours}.",
            "Upgrade the server first: an older one refuses what a newer client sends.",
        )
    return ok("prefect", f"answers, version {ahead.version or 'not told'}; ours is {ours}")


def _release(text: str) -> tuple[int, ...]:
    """Return major and minor; what cannot be read is old."""
    parts = text.split(".")[:2]
    return tuple(int(part) if part.isdigit() else 0 for part in parts)


def _ahead(ahead: Outlook) -> Iterator[Finding]:
    if ahead.has_worker:
        yield ok("worker", "one polls the pool")
    else:
        yield wrong(
            "worker", "No worker polls the pool, so no run starts.", START_ONE,
            PrefectRefused.exit_code,
        )  # fmt: skip
    if ahead.next_refresh_at is None:
        yield warning(
            "schedule",
            "No run of refresh-tokens/weekly is planned.",
            f"{SETUP}, and look in Prefect's UI whether its schedule is paused.",
        )
    else:
        yield ok("schedule", f"tokens are refreshed next at {when(ahead.next_refresh_at)}")


def _drift(told: dict[str, Any]) -> Iterator[Finding]:
    if "error" in told:
        yield wrong("drift", told["error"], told["next_step"], told["exit_code"])
        return
    changes = [one for one in told["changes"] if not one["what"].startswith(IN_VAULT)]
    differing = [_named(one) for one in changes if one["verb"] != "keep"]
    paused = [one["what"] for one in changes if PAUSED in one["because"]]
    if differing:
        yield warning("drift", f"Not as wanted: {_first(differing)}.", SETUP)
    if paused:
        yield warning(
            "drift",
            f"Paused by hand: {_first(paused)}.",
            "If nobody wants it so any more, switch it on in Prefect's UI.",
        )
    if not differing and not paused:
        yield ok("drift", f"{len(changes)} things in Prefect are as wanted")


def _named(change: dict[str, Any]) -> str:
    because = ", ".join(change["because"]) or change["verb"]
    return f"{change['what']} ({because})"


def _first(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
