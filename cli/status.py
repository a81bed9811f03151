"""`manage.py status`: every mall, its grade, its last sync, the next planned refresh.

Reads dates in Vault, runs in the database and plans in Prefect; when one of the
last two is away, its columns stay empty, the rest is shown, and one line says so.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Engine

from cafe24.database.engine import open_engine
from cafe24.errors import CafeError, PrefectRefused
from cafe24.overview import (
    MallOverview,
    Synced,
    graded_malls,
    last_syncs,
    overview,
    product_rows,
    worst,
)
from cafe24.settings import Settings
from cafe24.tokens.graded import CredentialGrade, Grade, stored_grades
from cli.output import PERSON_NEEDED, SOMETHING_WRONG, exit_code, print_json, print_note
from cli.prefect_outlook import POOL, START_ONE, Outlook, outlook, prefect_url
from cli.status_prometheus import exposition
from cli.status_table import print_status
from cli.watching import watching

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the database knows; empty when it cannot be asked."""

    syncs: Mapping[str, Synced] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    credentials: list[CredentialGrade] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `status`'s arguments."""
    parser.add_argument(
        "--exit-code", action="store_true", help="end with 1 or 5 when something is wrong"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument(
        "--prometheus", action="store_true", help="print metrics in Prometheus's text format"
    )


def run(arguments: argparse.Namespace) -> int:
    """Show how every mall stands."""
    settings = Settings.load()
    tokens = watching(settings)
    store = tokens.store()
    engine = open_engine(settings.database_url.get_secret_value())
    troubles: list[CafeError] = []
    try:
        graded = graded_malls(store, tokens.timing.lease)
    finally:
        store.vault.session.sign_out()
    kept = _or_note(lambda: _kept(engine), troubles)
    engine.dispose()
    ahead = _or_note(outlook, troubles)
    held = kept or _Kept()
    malls = overview(graded, held.syncs, held.rows)
    report = _report(malls, held.credentials, ahead.next_refresh_at if ahead else None)
    if arguments.json:
        print_json(report)
    elif arguments.prometheus:
        print(exposition(malls, report, _answers(kept, ahead)), end="")
    else:
        print_status(malls, report)
    if ahead is not None and not ahead.has_worker:
        troubles.append(
            PrefectRefused(f"No worker polls the pool {POOL}, so no run starts.", START_ONE)
        )
    for trouble in troubles:
        print_note(str(trouble))
    return _exit_code(report["worst"], troubles) if arguments.exit_code else 0


def _answers(kept: _Kept | None, ahead: Outlook | None) -> dict[str, bool]:
    """Return who answered; Prefect is none of them where nobody said where it is."""
    answers = {"vault": True, "database": kept is not None}
    if prefect_url():
        answers["prefect"] = ahead is not None
        answers["worker"] = ahead is not None and ahead.has_worker
    return answers


def _kept(engine: Engine) -> _Kept:
    """Return what the database knows."""
    own = [one for one in stored_grades(engine) if not one.mall_id]
    return _Kept(last_syncs(engine), product_rows(engine), own)


def _or_note(ask: Callable[[], Found | None], troubles: list[CafeError]) -> Found | None:
    """Return the answer; whoever does not give one is a trouble, and the rest is shown."""
    try:
        return ask()
    except CafeError as failure:
        troubles.append(failure)
        return None


def _report(
    malls: list[MallOverview], credentials: list[CredentialGrade], planned: datetime | None
) -> dict[str, Any]:
    grades = [mall.credential.grade for mall in malls]
    return {
        "checked_at": datetime.now(UTC),
        "worst": worst([*grades, *(Grade[one.grade] for one in credentials)]).name,
        "malls": [_row(mall, planned) for mall in malls],
        "credentials": [
            {"name": one.name, "grade": one.grade, "expires_at": one.expires_at}
            for one in credentials
        ],
    }


def _row(mall: MallOverview, planned: datetime | None) -> dict[str, Any]:
    days_left = mall.credential.days_left
    return {
        "mall_id": mall.mall_id,
        "status": mall.status,
        "grade": mall.credential.grade.name,
        "days_left": None if days_left is None else round(days_left, 2),
        "last_refresh_at": mall.credential.issued_at,
        "last_sync_at": mall.last_sync_at,
        "rows": mall.rows,
        "next_run_at": planned,
    }


def _exit_code(worst_grade: str, troubles: list[CafeError]) -> int:
    """Return a person's duty before anything; what could not be asked before a warning."""
    grade = Grade[worst_grade]
    if grade.needs_person:
        return PERSON_NEEDED
    if troubles:
        return exit_code(troubles)
    return SOMETHING_WRONG if grade > Grade.ok else 0
