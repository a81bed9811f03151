"""`manage.py setup [--diff]`: tables, blocks, deployments and automations, as they should be."""

import argparse

from cafe24.settings import Settings
from cli.output import SOMETHING_WRONG, print_json, print_note
from cli.prefect_outlook import START_WORKER


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `setup`'s arguments."""
    parser.add_argument(
        "--diff", action="store_true", help="only tell what would change; end with 1 if anything"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Put everything in place, or tell what is not."""
    settings = Settings.load()
    settings.keeper_tokens()
    # Prefect takes three seconds to import: --help and a wrong setting do not wait for it.
    from blocks.setup import apply, diff  # noqa: PLC0415
    from cafe24.database.migrate import upgrade  # noqa: PLC0415

    if arguments.diff:
        report = diff(settings)
    else:
        upgrade(settings.database_url.get_secret_value())
        report = apply(settings)
    if arguments.json:
        changes = [
            {"what": one.what, "verb": one.verb, "because": one.because} for one in report.changes
        ]
        print_json({"drift": report.has_drift, "changes": changes, "notes": report.notes})
    else:
        for line in report.lines:
            print(line)
    if not arguments.diff:
        print_note(f"A worker runs the flows. {START_WORKER}")
    return SOMETHING_WRONG if arguments.diff and report.has_drift else 0
