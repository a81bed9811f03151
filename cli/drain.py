"""`manage.py drain`: bring the pairs home that are sealed on this host.

Every refresh on this host does it in passing; this is for when nobody wants to wait.
Needs Vault alone.
"""

import argparse

from cafe24.settings import Settings
from cafe24.tokens.drain import Drained
from cli.output import SOMETHING_WRONG, print_json, print_note


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `drain`'s arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Drain this host's spills and every mall's quarantine, and say what came of each."""
    settings = Settings.load()
    drain = settings.keeper_tokens().drain()
    try:
        drained = drain.everything()
    finally:
        drain.close()
    _print(drained, str(settings.spill_dir), as_json=arguments.json)
    return 0 if all(one.came_home for one in drained) else SOMETHING_WRONG


def _print(drained: list[Drained], folder: str, *, as_json: bool) -> None:
    if as_json:
        spills = [
            {"mall_id": one.mall_id, "came_home": one.came_home, "reason": one.said}
            for one in drained
        ]
        print_json({"spills": spills, "folder": folder})
        return
    for one in drained:
        print_note(f"{one.mall_id}: {one.said}")
    if not drained:
        print(f"Nothing is sealed in {folder}.")
