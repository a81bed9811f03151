"""Decides what a sync reads: everything, or what changed; and says why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cafe24.products.tables.cursor import Progress
from cafe24.products.tables.runs import Mode

WantedMode = Literal["auto", "incremental", "full", "stock"]
"""`stock` reads the variants' stock of every product: Cafe24 need not date a sale."""

FULL_EVERY = timedelta(days=7)
"""Changes that Cafe24 does not date are found by reading everything, this often."""

OVERLAP = timedelta(minutes=10)
"""Read again before the last sync's end: lists are cached, and seconds may be cut."""

AHEAD = timedelta(days=30)
"""Cafe24 takes its date filters in pairs; this end lies beyond any change, though a shop's
clock be ahead of the answer's Date. A week and this stay below the three months that
Cafe24 allows for a range of orders; for products it names no limit."""

RESUMED_WITHIN = timedelta(days=1)
"""An interrupted full read older than this is begun anew."""

CLOCKS_APART = timedelta(days=1)
"""A sync dated further ahead of this host's clock than this was dated by a wrong one."""

HOST_AHEAD = timedelta(hours=12)
"""Where Cafe24's answers bear no time, this host's clock is used, and believed to be wrong
by no more than this: a time zone set wrong makes 9 hours."""

GOES_ON = "goes on where the last one stopped, then reads again what that one had read"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync does.

    Attributes:
        reason: why, for people.
        resumes: it goes on with the interrupted full read, and then reads again what
            was read before the interruption. A full read that was asked for begins anew.
    """

    mode: Mode
    reason: str
    resumes: bool = False


def plan_sync(wanted: WantedMode, progress: Progress, now: datetime) -> Plan:
    """Return the plan. `now` is by this host's clock."""
    why_full = _why_full(wanted, progress, now)
    if why_full is None and wanted == "stock":
        return Plan("stock", "asked for")
    if why_full is None:
        assert progress.synced_until is not None
        return Plan("incremental", f"changes since {progress.synced_until:%Y-%m-%d %H:%M} UTC")
    unfinished = progress.unfinished
    is_recent = unfinished is not None and now - unfinished.since < RESUMED_WITHIN
    if is_recent and wanted != "full":
        return Plan("full", f"{why_full}; {GOES_ON}", resumes=True)
    return Plan("full", why_full)


def changes_since(since: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Return the two ends of the window that holds every change after `since`."""
    return since, max(since, now) + AHEAD


def _why_full(wanted: WantedMode, progress: Progress, now: datetime) -> str | None:
    """Return why everything must be read, None when changes are enough."""
    if progress.full_at is None or progress.synced_until is None:
        return "no full read had ended before"
    if wanted != "auto":
        return "asked for" if wanted == "full" else None
    if progress.unfinished:
        return "a full read was interrupted"
    latest = max(progress.full_at, progress.synced_until)
    if latest > now + CLOCKS_APART:
        return f"the last sync is dated {latest:%Y-%m-%d %H:%M} UTC, ahead of this host's clock"
    if now - progress.full_at > FULL_EVERY:
        return f"the last full read ended {(now - progress.full_at).days} days ago"
    return progress.wants_full
