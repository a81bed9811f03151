"""`manage.py snooze MALL 4h|off`: no reminders of a mall's open incidents for a while.

Asks the database alone, so that it works while Vault and Prefect are away.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

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


def run(arguments: argparse.Namespace) -> int:
    """Snooze what is open, or wake it, and say what it was about."""
    mall, settings = mall_id(arguments.mall_id), Settings.load()
    until = None if arguments.span is None else datetime.now(UTC) + arguments.span
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        incidents = snooze(engine, mall, until)
    finally:
        engine.dispose()
    if not incidents:
        _refuse_unknown(mall, settings)
    if arguments.json:
        print_json(_report(mall, until, incidents))
    else:
        print(_line(mall, until, incidents))
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


def _line(mall: MallId, until: datetime | None, incidents: Sequence[Incident]) -> str:
    if not incidents:
        return f"{mall}: no incident is open, so there is nothing to snooze"
    told = ", ".join(f"#{one.number} {one.kind}" for one in incidents)
    if until is None:
        return f"{mall}: reminders come again ({told})"
    return f"{mall}: no reminders until {when(until)} ({told})"


def _report(
    mall: MallId, until: datetime | None, incidents: Sequence[Incident]
) -> dict[str, object]:
    return {
        "mall_id": mall,
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
