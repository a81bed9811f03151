"""`manage.py prune`: delete the history that is older than it is kept."""

import argparse
from datetime import UTC, datetime, timedelta

from cafe24.database.engine import open_engine
from cafe24.retention import CHANGES_KEPT, RUNS_KEPT, Pruned, Retention, prune
from cafe24.settings import Settings
from cli.output import print_json, when


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `prune`'s arguments."""
    for name, kept, what in (
        ("--changes-days", CHANGES_KEPT, "field changes"),
        ("--runs-days", RUNS_KEPT, "fan-outs, and the lines of sync runs but each shop's last one"),
    ):
        parser.add_argument(
            name,
            type=_days,
            default=kept,
            metavar="DAYS",
            help=f"how long to keep {what} (default: {kept.days})",
        )
    parser.add_argument("--dry-run", action="store_true", help="only say how many there are")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Delete, and say how many."""
    settings = Settings.load()
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        pruned = prune(
            engine,
            Retention(arguments.changes_days, arguments.runs_days),
            datetime.now(UTC),
            is_rehearsal=arguments.dry_run,
        )
    finally:
        engine.dispose()
    if arguments.json:
        tables = {one.table: {"rows": one.rows, "older_than": one.older_than} for one in pruned}
        print_json({"dry_run": arguments.dry_run, "tables": tables})
    else:
        for one in pruned:
            print(_line(one, would="would be " if arguments.dry_run else ""))
    return 0


def _line(one: Pruned, would: str) -> str:
    return f"{one.table}: {one.rows:,} rows older than {when(one.older_than)} {would}deleted"


def _days(text: str) -> timedelta:
    days = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < days <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to {MOST_DAYS}")
    return timedelta(days=days)


MOST_DAYS = 36_500
"""A century: more is a slip, and dates end somewhere."""
