"""`manage.py setup [--diff]`: tables, keys in Vault, blocks, deployments, automations in place."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from cafe24.settings import Settings
from cafe24.tokens.configuration import TokenConfiguration
from cli.output import SOMETHING_WRONG, print_json, print_note
from cli.prefect_outlook import START_ONE

if TYPE_CHECKING:
    from blocks.change import Change
    from blocks.setup import SetupReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `setup`'s arguments."""
    parser.add_argument(
        "--diff", action="store_true", help="only tell what would change; end with 1 if anything"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Put everything in place, or tell what is not."""
    settings = Settings.load()
    report = put_in_place(settings, carry_out=not arguments.diff)
    if arguments.json:
        changes = [
            {"what": one.what, "verb": one.verb, "because": one.because} for one in report.changes
        ]
        print_json({"drift": report.has_drift, "changes": changes, "notes": report.notes})
    else:
        for line in report.lines:
            print(line)
    if not arguments.diff:
        print_note(f"A worker runs the flows. {START_ONE}")
    return SOMETHING_WRONG if arguments.diff and report.has_drift else 0


def put_in_place(settings: Settings, *, carry_out: bool = True) -> "SetupReport":
    """Go through it in the order in which things need each other; without carrying out, tell.

    Raises:
        SettingsError, VaultAway, VaultRefused, DatabaseAway, DatabaseUnusable, PrefectAway,
            PrefectRefused: what was done before stays; run again.
    """
    tokens = settings.keeper_tokens()
    # Prefect takes three seconds to import: --help and a wrong setting do not wait for it.
    from blocks.setup import apply, diff  # noqa: PLC0415
    from cafe24.database.migrate import upgrade  # noqa: PLC0415

    if carry_out:
        upgrade(settings.database_url.get_secret_value())
    in_vault = _in_vault(tokens, carry_out=carry_out)
    report = apply(settings) if carry_out else diff(settings)
    return replace(report, changes=(*in_vault, *report.changes))


def _in_vault(tokens: TokenConfiguration, *, carry_out: bool) -> list["Change"]:
    from cli.vault_changes import vault_changes  # noqa: PLC0415 - see above

    store = tokens.store()
    changes = []
    try:
        for change in vault_changes(tokens, store):
            if carry_out:
                change.carry_out()
            changes.append(change)
    finally:
        store.vault.session.sign_out()
    return changes
