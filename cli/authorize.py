"""`manage.py authorize MALL`: connect a mall, or connect it again.

The link's state and verifier live in this process, ten minutes at most; the
code in the pasted address lives one minute.
"""

import argparse
import sys
from collections.abc import Callable

from cafe24.errors import ConsentRefused, UsageError
from cafe24.malls import mall_id
from cafe24.secret import Secret
from cafe24.settings import Settings
from cafe24.tokens.adoption import Adoption
from cafe24.tokens.consent import Consent, ask_consent
from cafe24.tokens.document import AppDocument
from cafe24.tokens.outcome import GrantRecord, Refresh
from cli.ledger import known_generations, write_ledger
from cli.output import print_json, print_note, when

ATTEMPTS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `authorize`'s arguments."""
    parser.add_argument("mall_id", metavar="MALL", help="the mall's id")
    parser.add_argument("--client-id", help="which app, where Vault has several")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Show the link, take the redirected address, store the tokens."""
    mall = mall_id(arguments.mall_id)
    settings = Settings.load()
    tokens = settings.keeper_tokens()
    store = tokens.store()
    store.refuse_removed(mall)
    app = store.app_or_only_one(arguments.client_id)
    records: list[GrantRecord] = []
    above = max(known_generations(settings, mall).values(), default=0)
    adoption = tokens.adoption(records.append)
    result = _authorized(adoption, app, lambda: ask_consent(tokens.api_url, mall, app), above)
    write_ledger(settings, records)
    _print(result, as_json=arguments.json)
    return 0


def _authorized(
    adoption: Adoption, app: AppDocument, ask: Callable[[], Consent], above: int
) -> Refresh:
    """Ask for consent until a code works; each try has a link of its own."""
    attempts_left = ATTEMPTS if sys.stdin.isatty() else 1
    while True:
        attempts_left -= 1
        consent = ask()
        try:
            code = consent.code(_redirected_to(consent.link))
            return adoption.authorize(app, consent, code, above_generation=above)
        except ConsentRefused as refusal:
            if not attempts_left:
                raise
            print_note(str(refusal))


def _redirected_to(link: str) -> Secret:
    print_note("Open this link as the mall's principal operator and allow the app:")
    print_note(f"\n  {link}\n")
    print_note("Then paste the whole address that the browser ended at (within a minute):")
    address = Secret(sys.stdin.readline().strip())
    if not address:
        raise UsageError("No address was pasted.", "Run the command again.")
    return address


def _print(result: Refresh, *, as_json: bool) -> None:
    for flaw in result.unfinished:
        print_note(flaw)
    if as_json:
        print_json(
            {
                "mall_id": result.mall_id,
                "outcome": "authorized",
                "generation": result.grant.generation,
                "access_expires_at": result.access_expires_at,
                "refresh_expires_at": result.refresh_expires_at,
            }
        )
    else:
        print(
            f"{result.mall_id}: connected, generation {result.grant.generation}, "
            f"refresh token until {when(result.refresh_expires_at)}"
        )
