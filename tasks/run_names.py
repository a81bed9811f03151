"""What runs are called: which malls, and how. Never more than the form shows anyway."""

from collections.abc import Sequence
from datetime import UTC, datetime

from prefect.runtime import flow_run

from cafe24.alerts.moments import shown


def named_by_malls() -> str:
    """Return such as `all malls, forced`, `samplemall, full` or `samplemall and 2 more`."""
    asked = flow_run.parameters
    how = [
        "keep warm" if asked.get("only_keep_warm") else "",
        "forced" if asked.get("force") else "",
        asked.get("mode", ""),
    ]
    return ", ".join([_malls(asked.get("mall_ids") or []), *filter(None, how)])


def named_by_time() -> str:
    """Return the time of the start, as Korea's clocks show it."""
    return shown(datetime.now(UTC))


def named_by_shard() -> str:
    """Return such as `shard 7`."""
    return f"shard {flow_run.parameters['shard']}"


def _malls(mall_ids: Sequence[str]) -> str:
    if not mall_ids:
        return "all malls"
    others = len(mall_ids) - 1
    return f"{mall_ids[0]} and {others} more" if others else mall_ids[0]
