"""`manage.py doctor`: what everything rests on, a line each, and what to mend.

Runs despite names of the old days in the environment, changes nothing, posts nothing,
and spends no token.
"""

import argparse
import os
from collections.abc import Iterator

from rich.console import Console

from cafe24.checkup.finding import Finding, Patient, ends_with
from cafe24.checkup.rounds import examined
from cafe24.errors import SettingsError
from cafe24.setting_names import legacy_names
from cafe24.settings import PROJECT, Settings
from cli.output import print_json
from cli.prefect_checkup import Drift, prefect_findings
from cli.prefect_outlook import prefect_url

COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `doctor`'s arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Look at everything and say what was found."""
    findings = []
    for finding in _findings():
        findings.append(finding)
        if not arguments.json:
            _print(finding)
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


def _findings() -> Iterator[Finding]:
    """Yield every finding; where the settings cannot be read, nothing rests on anything."""
    try:
        settings = Settings.load(PROJECT, despite_legacy=True)
    except SettingsError as flaw:
        yield Finding.of("settings", flaw)
        return
    drift, patient = _drift(), Patient(settings, PROJECT)
    try:
        yield from examined(patient)
        yield from prefect_findings(drift)
    finally:
        patient.leave()
        if drift is not None:
            drift.drop()


def _drift() -> Drift | None:
    """Begin to compare Prefect with the settings, where they are such that `setup` would run."""
    is_ready = bool(prefect_url()) and not any(legacy_names(os.environ, PROJECT))
    return Drift.begun() if is_ready else None


def _print(finding: Finding) -> None:
    console = Console(soft_wrap=True)
    colour = COLOURS[finding.verdict]
    console.print(f"[{colour}]{finding.verdict:8}[/]", end="")
    console.print(f"{finding.name:16} {finding.what} {finding.next_step}".strip(), markup=False)
