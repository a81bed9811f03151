"""`manage.py remove MALL`: take a mall out, in a way that leads back."""

import argparse
import sys

from cafe24.errors import UsageError
from cafe24.malls import MallId, mall_id
from cli.orders import add_mall_argument, opened_orders
from cli.output import print_json, print_note


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `remove`'s arguments."""
    add_mall_argument(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Ask, remove, and print the way back."""
    mall = mall_id(arguments.mall_id)
    if not arguments.yes:
        _ask(mall)
    with opened_orders() as orders:
        undelete = orders.remove(mall)
    way_back = f"{undelete} && .venv/bin/python manage.py resume {mall}"
    if arguments.json:
        print_json({"mall_id": mall, "outcome": "removed", "way_back": way_back})
    else:
        print(f"{mall}: removed. Readers keep their access token until it ends, in 2 hours at most")
        print(f"The way back: {way_back}")
    return 0


def _ask(mall: MallId) -> None:
    """Go on only when the mall's id is typed.

    Raises:
        UsageError: something else was typed, or nothing.
    """
    print_note(f"Nobody will refresh {mall} any more. Type its id to remove it:")
    if sys.stdin.readline().strip() != mall:
        raise UsageError(f"{mall} was not removed.", "Type its id when asked, or give --yes.")
