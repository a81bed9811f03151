"""`manage.py status`: every mall, its grade, its last sync, the next planned refresh.

Reads dates in Vault, runs in the database and plans in Prefect; when one of the
last two is away, its columns stay empty and the rest is shown.
"""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from cafe24.database.engine import open_engine
from cafe24.errors import CafeError, PrefectRefused, SettingsError
from cafe24.overview import (
    MallOverview,
    graded_malls,
    last_syncs,
    overview,
    product_rows,
    worst,
)
from cafe24.settings import Settings
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.grades import CredentialGrade, Grade, stored_grades
from cli.output import PERSON_NEEDED, SOMETHING_WRONG, print_json, print_note, when
from cli.prefect_outlook import POOL, outlook

COLOURS = {Grade.ok: "green", Grade.unfinished: "yellow", Grade.overdue: "yellow"}

START_WORKER = (
    f"Start one: PREFECT_WORKER_QUERY_SECONDS=1 .venv/bin/prefect worker start --pool {POOL}"
)

Found = TypeVar("Found")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `status`'s arguments."""
    parser.add_argument(
        "--exit-code", action="store_true", help="end with 1 or 5 when something is wrong"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Show how every mall stands."""
    settings = Settings.load()
    tokens = _watching(settings)
    store = tokens.store()
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        malls = overview(
            graded_malls(store, tokens.timing.lease),
            _or_empty(lambda: last_syncs(engine), {}),
            _or_empty(lambda: product_rows(engine), {}),
        )
    finally:
        store.vault.session.sign_out()
    ahead = outlook()
    report = _report(malls, _own_credentials(engine), ahead.next_refresh_at if ahead else None)
    if arguments.json:
        print_json(report)
    else:
        _print_table(malls, report)
    is_idle = ahead is not None and not ahead.has_worker
    if is_idle:
        print_note(f"No worker polls the pool {POOL}, so no run starts. {START_WORKER}")
    return _exit_code(report["worst"], is_idle=is_idle) if arguments.exit_code else 0


def _watching(settings: Settings) -> TokenConfiguration:
    """Return the monitor's sign-in, which sees no token; the keeper's where there is none."""
    try:
        return settings.monitor_tokens()
    except SettingsError:
        return settings.keeper_tokens()


def _own_credentials(engine: Engine) -> list[CredentialGrade]:
    """Return our own credentials as check-expiry graded them last."""
    nothing: list[CredentialGrade] = []
    return [one for one in _or_empty(lambda: stored_grades(engine), nothing) if not one.mall_id]


def _or_empty(ask: Callable[[], Found], empty: Found) -> Found:
    """Return the answer; when the database has none, say so and go on."""
    try:
        return ask()
    except CafeError as failure:
        print_note(str(failure))
        return empty


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


def _print_table(malls: list[MallOverview], report: dict[str, Any]) -> None:
    if not malls:
        print("Vault lists no mall. Connect one: .venv/bin/python manage.py authorize MALL")
        return
    table = Table(box=None, header_style="bold")
    for name in ("mall", "grade", "days left", "last refresh", "last sync", "rows", "next refresh"):
        table.add_column(name, justify="right" if name in {"days left", "rows"} else "left")
    for mall, row in zip(malls, report["malls"], strict=True):
        colour = COLOURS.get(mall.credential.grade, "red")
        table.add_row(
            row["mall_id"],
            f"[{colour}]{row['grade']}[/]",
            "-" if row["days_left"] is None else f"{row['days_left']:.1f}",
            when(row["last_refresh_at"]),
            f"{when(row['last_sync_at'])} {mall.last_sync or ''}".strip(),
            "-" if row["rows"] is None else f"{row['rows']:,}",
            when(row["next_run_at"]),
        )
    console = Console()
    console.print(table)
    for mall in malls:
        if mall.credential.reason:
            console.print(f"{mall.mall_id}: {mall.credential.reason}", markup=False)


def _exit_code(worst_grade: str, *, is_idle: bool) -> int:
    grade = Grade[worst_grade]
    if grade.needs_person:
        return PERSON_NEEDED
    if is_idle:
        return PrefectRefused.exit_code
    return SOMETHING_WRONG if grade > Grade.ok else 0
