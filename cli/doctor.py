"""`manage.py doctor`: what everything rests on, a line each, and what to mend.

Runs despite names of the old days in the environment, and changes nothing.
"""

import argparse

from rich.console import Console

from cafe24.checkup.finding import Finding, Patient, ends_with
from cafe24.checkup.rounds import examined
from cafe24.settings import Settings
from cli.output import print_json

COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `doctor`'s arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Look at everything and say what was found."""
    settings = Settings.load(despite_legacy=True)
    tokens = settings.keeper_tokens()
    store = tokens.store()
    try:
        findings = []
        for finding in examined(Patient(settings, tokens, store)):
            findings.append(finding)
            if not arguments.json:
                _print(finding)
    finally:
        store.vault.session.sign_out()
    if arguments.json:
        print_json(
            {
                "ok": not ends_with(findings),
                "checks": [
                    {
                        "name": one.name,
                        "verdict": one.verdict,
                        "what": one.what,
                        "next_step": one.next_step,
                    }
                    for one in findings
                ],
            }
        )
    return ends_with(findings)


def _print(finding: Finding) -> None:
    console = Console(soft_wrap=True)
    colour = COLOURS[finding.verdict]
    console.print(f"[{colour}]{finding.verdict:8}[/]", end="")
    console.print(f"{finding.name:16} {finding.what} {finding.next_step}".strip(), markup=False)
