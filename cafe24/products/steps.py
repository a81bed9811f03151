"""The story of a sync: read what changed, everything, or the stock; then count both sides."""

import logging
from dataclasses import dataclass

from cafe24.errors import DeletionBraked
from cafe24.products.counting import count_both
from cafe24.products.deletions import bury_missing
from cafe24.products.full import READ_IN_PARTS, FullRead
from cafe24.products.mode import OVERLAP, Plan, WantedMode, plan_sync
from cafe24.products.passes import Passes
from cafe24.products.settling import settle
from cafe24.products.stock import refresh_stock

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SyncSteps:
    """One sync on its way.

    Attributes:
        passes: its way to the list and into the tables.
        wanted: what was asked for.
        brake_share: the share of products that may be deleted without asking a person.
        doubt: what only another full read can settle; empty when there is nothing.
    """

    passes: Passes
    wanted: WantedMode
    brake_share: float
    doubt: str = ""

    async def bring_up_to_date(self) -> None:
        """Make the tables equal to the mall, and count both sides.

        Raises:
            DeletionBraked: all is up to date but the deletions.
        """
        run = self.passes.run
        plan = self._follow(plan_sync(self.wanted, run.progress, run.now()))
        if plan.mode == "stock":
            await refresh_stock(self.passes)
        elif plan.mode == "incremental":
            await self._read_changes()
        else:
            await self._read_everything(plan)
        read_all_anew = plan.mode == "full" and not plan.resumes
        if self.doubt and not read_all_anew and self.wanted != "incremental":
            again = Plan("full", f"then everything, because {self.doubt}")
            await self._read_everything(self._follow(again))
        if self.doubt:
            self.passes.report.add_reason(f"{self.doubt}, so the next run reads everything")

    def _follow(self, plan: Plan) -> Plan:
        report = self.passes.report
        report.mode = plan.mode
        report.add_reason(plan.reason)
        _log.info("%s: %s sync: %s", report.mall_id, plan.mode, plan.reason)
        return plan

    async def _read_changes(self) -> None:
        """Read what changed since the last sync, note until when, and count both sides."""
        synced_until = self.passes.run.progress.synced_until
        assert synced_until is not None  # plan_sync looked
        await self.passes.find_unread_variants()
        began, is_whole = await self.passes.read_changes(synced_until - OVERLAP)
        if is_whole:
            await self.passes.move(synced_until=began)
        await self._count_both()

    async def _read_everything(self, plan: Plan) -> None:
        """Read every product, bury what is gone, and count both sides."""
        full = FullRead(self.passes, resumes=plan.resumes)
        await full.read()
        if plan.resumes and not full.is_proven:
            # A product came, or came back, in the part that the interrupted read had done.
            anew = Plan("full", "then everything anew, because the count disagrees")
            await self._read_everything(self._follow(anew))
            return
        try:
            if full.is_proven:
                await bury_missing(self.passes.api, self.passes.run, brake_share=self.brake_share)
            await self._count_both(full, full.newest_count)
            if full.is_proven and self.passes.report.outcome == "mismatch":
                await settle(self.passes, brake_share=self.brake_share)
                await self._count_both(full)
        except DeletionBraked:
            await self._count_both(full)
            raise

    async def _count_both(self, full: FullRead | None = None, source: int | None = None) -> None:
        """Count both sides, and note what only a full read can settle."""
        passes, unproven = self.passes, full.unproven if full else ""
        told = await count_both(
            passes.api,
            passes.run,
            passes.listing,
            passes.report,
            source=source,
            unproven=unproven,
        )
        self.doubt = told or (READ_IN_PARTS if full and full.is_in_parts else "")
        await passes.move(wants_full=self.doubt or None)
