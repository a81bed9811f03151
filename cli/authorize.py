"""`manage.py authorize MALL`: connect a mall, or connect it again.

The link's state and verifier live in this process, ten minutes at most; the
code in the pasted address lives one minute.
"""

import argparse
import sys

from cafe24.errors import ConsentRefused, UsageError
from cafe24.malls import MallId, mall_id
from cafe24.settings import Settings
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.consent import ask_consent
from cafe24.tokens.document import AppDocument
from cafe24.tokens.outcome import GrantRecord, Refresh
from cli.output import print_json, print_note, when
from cli.refresh import write_ledger

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
    app = tokens.store().app_or_only_one(arguments.client_id)
    records: list[GrantRecord] = []
    result = _authorized(tokens, app, mall, records)
    write_ledger(settings, records)
    _print(result, as_json=arguments.json)
    return 0


def _authorized(
    tokens: TokenConfiguration, app: AppDocument, mall: MallId, records: list[GrantRecord]
) -> Refresh:
    """Ask for consent until a code works; each try has a link of its own."""
    adoption = tokens.adoption(records.append)
    for attempt in range(1, ATTEMPTS + 1):
        consent = ask_consent(tokens.api_url, mall, app)
        try:
            code = consent.code(_redirected_to(consent.link))
            return adoption.authorize(app, consent, code)
        except ConsentRefused as refusal:
            if attempt == ATTEMPTS or not sys.stdin.isatty():
                raise
            print_note(str(refusal))
    raise AssertionError


def _redirected_to(link: str) -> str:
    print_note("Open this link as the mall's principal operator and allow the app:")
    print_note(f"\n  {link}\n")
    print_note("Then paste the whole address that the browser ended at (within a minute):")
    line = sys.stdin.readline()
    if not line.strip():
        raise UsageError("No address was pasted.", "Run the command again.")
    return line


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
