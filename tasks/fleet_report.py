"""Shows what a fleet's work came to: how many malls of each outcome, and why which failed."""

from datetime import timedelta

from prefect import task
from prefect.artifacts import acreate_table_artifact

from cafe24.fleet.fan_out import FleetReport
from tasks.patience import PATIENTLY
from tasks.verdict import counted

MOST_SHOWN = 500
"""Lines of the table. The table fan_out_shard has them all."""


@task(name="show the fleet", **PATIENTLY)
async def show_fleet(report: FleetReport) -> None:
    """Show the report under its flow's own key, so that the reports make a history."""
    rows = [
        {"mall_id": one.mall_id, "is": one.outcome, "why": one.reason}
        for one in report.failures[:MOST_SHOWN]
    ]
    await acreate_table_artifact(
        key=f"{report.flow}-fleet",
        table=rows or [{"is": "no mall failed"}],
        description=told(report),
    )


def told(report: FleetReport) -> str:
    """Return the whole in a sentence or two."""
    # Two hosts tell the two times: the later one may be the smaller.
    minutes = max((report.finished_at - report.started_at) / timedelta(minutes=1), 0.0)
    said = (
        f"{report.malls:,} malls in {report.shards} shards, within {minutes:,.1f} minutes: "
        f"{counted(report.counts)}."
    )
    hidden = len(report.failures) - MOST_SHOWN
    return f"{said} {hidden:,} more failed: see fan_out_shard." if hidden > 0 else said
