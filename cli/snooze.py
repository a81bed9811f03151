"""`manage.py snooze MALL 4h|off`: no reminders of a mall's open incidents for a while.

With `--app` it is about an app that Cafe24 refuses: one incident for all its malls, which no
single mall's snooze silences.

Asks the database alone, so that it works while Vault and Prefect are away.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cafe24.alerts.findings import app_subject, mall_subject
from cafe24.alerts.incidents import snooze
from cafe24.alerts.tables import Incident
from cafe24.database.engine import open_engine
from cafe24.errors import UsageError
from cafe24.malls import MallId, mall_id
from cafe24.setting_values import duration
from cafe24.settings import Settings
from cli.orders import add_mall_argument
from cli.output import print_json, when
from cli.watching import watching

OFF = "off"
LONGEST = timedelta(days=14)
"""A refresh token's life: whoever is silent for longer has forgotten it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `snooze`'s arguments."""
    add_mall_argument(parser)
    parser.add_argument(
        "span", type=_span, metavar="SPAN", help="how long, such as 30m, 4h or 2d; off ends it"
    )
    parser.add_argument(
        "--app", action="store_true", help="MALL is an app's client_id: snooze what the app has"
    )


def run(arguments: argparse.Namespace) -> int:
    """Snooze what is open, or wake it, and say what it was about."""
    name = arguments.mall_id if arguments.app else mall_id(arguments.mall_id)
    subject = app_subject(name) if arguments.app else mall_subject(MallId(name))
    settings = Settings.load()
    until = None if arguments.span is None else datetime.now(UTC) + arguments.span
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        incidents = snooze(engine, subject, until)
    finally:
        engine.dispose()
    if not incidents and not arguments.app:
        _refuse_unknown(MallId(name), settings)
    if arguments.json:
        whose = "client_id" if arguments.app else "mall_id"
        print_json({whose: name, **_report(until, incidents)})
    else:
        print(_line(name, until, incidents))
    return 0


def _refuse_unknown(mall: MallId, settings: Settings) -> None:
    """Tell a mall that is well from a name that was mistyped: only Vault knows the difference.

    Raises:
        UsageError: Vault lists no such mall.
    """
    store = watching(settings).store()
    try:
        is_known = mall in store.malls()
    finally:
        store.vault.session.sign_out()
    if not is_known:
        raise UsageError(
            f"Vault lists no mall {mall}, and no incident of one is open.",
            "See those there are: .venv/bin/python manage.py status",
        )


def _line(name: str, until: datetime | None, incidents: Sequence[Incident]) -> str:
    if not incidents:
        return f"{name}: no incident is open, so there is nothing to snooze"
    told = ", ".join(f"#{one.number} {one.kind}" for one in incidents)
    if until is None:
        return f"{name}: reminders come again ({told})"
    return f"{name}: no reminders until {when(until)} ({told})"


def _report(until: datetime | None, incidents: Sequence[Incident]) -> dict[str, object]:
    return {
        "snoozed_until": until if incidents else None,
        "incidents": [
            {
                "number": one.number,
                "kind": one.kind,
                "grade": one.grade,
                "opened_at": one.opened_at,
            }
            for one in incidents
        ],
    }


def _span(text: str) -> timedelta | None:
    """Return the span, None for `off`; bare seconds would be a slip."""
    if text == OFF:
        return None
    try:
        span = timedelta(0) if text[-1:].isdigit() else duration(text)
    except (ValueError, OverflowError):
        span = timedelta(0)
    if not timedelta(0) < span <= LONGEST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time span up to {LONGEST.days}d, such as 30m, 4h or 2d, and not off"
        )
    return span
