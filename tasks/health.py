"""How every mall's refresh token stands, at a glance: a table, and a picture.

Both show every mall that was ever graded, whichever mall the run was about, so that the
newest is always the whole truth: what the run found, and the last check for the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from sqlalchemy import Engine

from cafe24.alerts.incidents import open_incidents
from cafe24.alerts.moments import shown
from cafe24.alerts.tables import IncidentKind
from cafe24.errors import Reauthorize
from cafe24.tokens.graded import CredentialGrade, Grade, GradedCredential, stored_grades
from cafe24.tokens.life_picture import Life, life_picture, told, worst_first
from cafe24.tokens.outcome import Refresh
from tasks.database import opened_database
from tasks.each_mall import Answer
from tasks.patience import PATIENTLY
from tasks.pictures import as_markdown

TABLE, PICTURE = "token-health", "token-life"

MOST_SHOWN = 500
"""Lines of the table: Prefect's page of ten thousand would not open."""

Row = dict[str, str | float | None]


@dataclass(frozen=True, slots=True)
class Health:
    """One mall's line in the table.

    Attributes:
        came_to: what the run did for it, such as `refreshed`; else its grade's name.
    """

    mall_id: str
    grade: Grade
    came_to: str
    expires_at: datetime | None = None
    generation: int | None = None
    note: str = ""


@task(name="show token health", **PATIENTLY)
async def show_refreshes(answers: Sequence[Answer[Refresh]]) -> None:
    """Show how every mall stands after a refresh."""
    if answers:
        before = await _last_check()
        await _show([_refreshed(answer, before.get(answer.mall_id)) for answer in answers], before)


@task(name="show token health", **PATIENTLY)
async def show_grades(graded: Sequence[GradedCredential]) -> None:
    """Show how every mall was graded."""
    found = [_graded(one) for one in graded if one.mall_id is not None]
    if found:
        await _show(found, {})


@task(name="show token health", **PATIENTLY)
async def show_last_check() -> None:
    """Show how every mall was graded last: after a fleet's work, which no run knows whole."""
    if before := await _last_check():
        await _show([], before)


async def _last_check() -> dict[str, Health]:
    """Return how the malls were graded last, and which were found dead since."""
    async with opened_database() as engine:
        return await to_thread.run_sync(_known, engine)


def _known(engine: Engine) -> dict[str, Health]:
    dead = {one.mall_id for one in open_incidents(engine) if one.kind == IncidentKind.reauthorize}
    graded = (_stored(one) for one in stored_grades(engine) if one.mall_id is not None)
    return {one.mall_id: _dead(one) if one.mall_id in dead else one for one in graded}


async def _show(found: Iterable[Health], before: dict[str, Health]) -> None:
    """Show what was found now, and what was known before of the other malls."""
    now = datetime.now(UTC)
    by_mall = before | {one.mall_id: one for one in found}
    lives = worst_first([_life(one, now) for one in by_mall.values()])
    await acreate_markdown_artifact(
        key=PICTURE,
        markdown=as_markdown(life_picture(lives, now), told(lives)),
        description=f"What every mall's refresh token has left. The figures: {TABLE}.",
    )
    await acreate_table_artifact(
        key=TABLE,
        table=[_row(by_mall[one.mall_id], one) for one in lives[:MOST_SHOWN]],
        description=f"How every mall's refresh token stands, the worst first. Drawn: {PICTURE}."
        + (f" The worst {MOST_SHOWN:,} of {len(lives):,}." if len(lives) > MOST_SHOWN else ""),
    )


def _life(one: Health, now: datetime) -> Life:
    left = None if one.expires_at is None else one.expires_at - now
    return Life(one.mall_id, one.grade, left)


def _row(one: Health, life: Life) -> Row:
    """Return a line: what a narrow window cuts off is last, and a dead token has no days left.

    The UI takes the columns from the first, so every line has them all.
    """
    lives = one.grade is not Grade.reauthorize
    return {
        "mall_id": one.mall_id,
        "is": one.came_to,
        "days left": round(life.left / timedelta(days=1), 1) if life.left and lives else None,
        "note": one.note,
        "until": shown(one.expires_at) if one.expires_at and lives else None,
        "generation": one.generation,
    }


def _refreshed(answer: Answer[Refresh], before: Health | None) -> Health:
    if answer.value is None:
        known = before or Health(answer.mall_id, Grade.warning, "")
        is_dead = isinstance(answer.error, Reauthorize)
        now = _dead(known) if is_dead else replace(known, came_to="failed")
        return replace(now, note=str(answer.error))
    refresh = answer.value
    return Health(
        answer.mall_id,
        Grade.ok,
        refresh.outcome,
        refresh.refresh_expires_at,
        refresh.grant.generation,
        " ".join(refresh.unfinished),
    )


def _dead(one: Health) -> Health:
    return replace(one, grade=Grade.reauthorize, came_to=Grade.reauthorize.name)


def _graded(one: GradedCredential) -> Health:
    return Health(
        str(one.mall_id), one.grade, one.grade.name, one.expires_at, one.generation, one.reason
    )


def _stored(one: CredentialGrade) -> Health:
    return Health(
        str(one.mall_id), Grade[one.grade], one.grade, one.expires_at, one.generation, one.reason
    )
