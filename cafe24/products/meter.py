"""Reads off what a sync came to so far: while it runs for who watches, at its end for good."""

import time

from cafe24.api.client import MallApi
from cafe24.products.tables.database import OpenRun
from cafe24.products.tables.runs import SyncReport


class Meter:
    """Counts one sync from now on; the same client may have served other shops before.

    Attributes:
        report: what it came to so far.
    """

    def __init__(self, api: MallApi, run: OpenRun, report: SyncReport) -> None:
        self.report = report
        self._api = api
        self._run = run
        self._before = api.traffic
        self._began = time.monotonic()

    def begin(self, what: str, to_read: int, read: int = 0) -> None:
        """Note what is read now, how much of it, and how much of that was read before."""
        self.report.reading, self.report.to_read, self.report.read = what, to_read, read

    def reached(self, read: int) -> None:
        """Note how much of it is read and written."""
        self.report.read = read
        self.read_off()

    def read_off(self) -> None:
        """Bring the report's figures up to date."""
        report, tally = self.report, self._run.tally
        report.new, report.changed, report.duplicates = tally.new, tally.changed, tally.duplicates
        report.deleted = self._run.deleted
        if report.mode != "full" or report.stored is None:
            report.unchanged = max(0, tally.unchanged)
        report.unknown_fields = dict(tally.unknown_fields)
        traffic = self._api.traffic.since(self._before)
        report.calls, report.rejected_429 = traffic.calls, traffic.rejected_429
        report.wait_s = round(traffic.waited_s, 3)
        report.wall_s = round(time.monotonic() - self._began, 3)
