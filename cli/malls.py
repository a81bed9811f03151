"""Which malls a command is about: one that is named, or all that Vault lists."""

import argparse

from cafe24.errors import UsageError
from cafe24.malls import MallId, mall_id
from cafe24.tokens.store import TokenStore


def add_mall_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `MALL | --all`."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("mall_id", nargs="?", metavar="MALL", help="the mall's id")
    which.add_argument("--all", action="store_true", help="every mall that Vault lists")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def chosen_malls(arguments: argparse.Namespace, store: TokenStore) -> list[MallId]:
    """Return the malls.

    Raises:
        UsageError: no mall id, or Vault lists none.
    """
    if arguments.mall_id is not None:
        return [mall_id(arguments.mall_id)]
    malls = [mall for mall in store.malls() if not store.is_removed(mall)]
    if not malls:
        raise UsageError(
            "Vault lists no mall.", "Connect one: .venv/bin/python manage.py authorize MALL"
        )
    return malls
