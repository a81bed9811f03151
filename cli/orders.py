"""What the commands share that change one mall's document: pause, resume, keep-warm, remove."""

import argparse
import contextlib
from collections.abc import Iterator

from cafe24.settings import Settings
from cafe24.tokens.orders import Obeyed, Orders
from cli.output import print_json, print_note


def add_mall_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `MALL` and `--json`."""
    parser.add_argument("mall_id", metavar="MALL", help="the mall's id")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


@contextlib.contextmanager
def opened_orders() -> Iterator[Orders]:
    """Open what carries orders out, and sign out afterwards."""
    tokens = Settings.load().keeper_tokens()
    store = tokens.store()
    patience_s = 2 * tokens.timing.lease.total_seconds()
    try:
        yield Orders(store, tokens.environment, patience_s=patience_s)
    finally:
        store.vault.session.sign_out()


def report(obeyed: Obeyed, outcome: str, line: str, *, as_json: bool) -> None:
    """Print how the mall stands now; `line` follows its name."""
    document = obeyed.stored.document
    for flaw in obeyed.unfinished:
        print_note(flaw)
    if as_json:
        print_json(
            {
                "mall_id": document.mall_id,
                "outcome": outcome,
                "changed": obeyed.is_new,
                "status": document.status,
                "keep_warm": document.keep_warm,
                "generation": document.generation,
            }
        )
    else:
        print(f"{document.mall_id}: {line if obeyed.is_new else 'it was so already'}")
