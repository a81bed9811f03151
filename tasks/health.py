"""The table `token-health`: how every mall's refresh token stands, at a glance."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.artifacts import acreate_table_artifact

from cafe24.alerts.moments import shown
from cafe24.tokens.graded import GradedCredential
from cafe24.tokens.outcome import Refresh
from tasks.each_mall import Answer

KEY = "token-health"

Row = dict[str, str | float | None]

_EMPTY: Row = dict.fromkeys(
    ("mall_id", "is", "generation", "refresh token until", "days left", "note")
)
"""The UI takes a table's columns from its first row, so every row has them all."""


@task(name="show token health")
async def show_refreshes(answers: Sequence[Answer[Refresh]]) -> None:
    """Show what a refresh came to for each mall."""
    await _show([_refreshed(answer) for answer in answers], "After a refresh.")


@task(name="show token health")
async def show_grades(graded: Sequence[GradedCredential]) -> None:
    """Show how each mall was graded."""
    rows = [_graded(one) for one in graded if one.mall_id is not None]
    await _show(rows, "As graded by its dates.")


async def _show(rows: list[Row], description: str) -> None:
    if rows:
        await acreate_table_artifact(key=KEY, table=rows, description=description)


def _refreshed(answer: Answer[Refresh]) -> Row:
    if answer.value is None:
        return _EMPTY | {"mall_id": answer.mall_id, "is": "failed", "note": str(answer.error)}
    refresh = answer.value
    left = refresh.refresh_expires_at - datetime.now(UTC)
    return _EMPTY | {
        "mall_id": answer.mall_id,
        "is": refresh.outcome,
        "generation": refresh.grant.generation,
        "refresh token until": shown(refresh.refresh_expires_at),
        "days left": round(left / timedelta(days=1), 1),
        "note": " ".join(refresh.unfinished),
    }


def _graded(one: GradedCredential) -> Row:
    return _EMPTY | {
        "mall_id": one.mall_id,
        "is": one.grade.name,
        "generation": one.generation,
        "refresh token until": shown(one.expires_at) if one.expires_at else None,
        "days left": None if one.days_left is None else round(one.days_left, 1),
        "note": one.reason,
    }
