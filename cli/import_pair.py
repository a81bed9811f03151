"""`manage.py import MALL [FILE|-]`: take over a pair that somebody else kept until now.

It comes from a file or on stdin, never as an argument, which every process list shows.
"""

import argparse
import sys
from pathlib import Path

from cafe24.errors import Reauthorize, UsageError
from cafe24.malls import MallId, mall_id
from cafe24.settings import Settings
from cafe24.tokens.adoption import Adoption, Newcomer
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import AppDocument
from cafe24.tokens.endpoint import TokenEndpoint
from cafe24.tokens.foreign_pair import ForeignPair
from cafe24.tokens.need import FORCED
from cafe24.tokens.outcome import GrantRecord, Refresh
from cafe24.tokens.refusal import MANAGE
from cafe24.tokens.store import Stored, TokenStore
from cli.ledger import known_generations, write_ledger
from cli.output import print_json, print_note, when

STOP_OTHERS = (
    "First stop whatever refreshed this mall until now (a cron job, a script, another server): "
    "a refresh token works once, and two refreshers kill it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `import`'s arguments."""
    parser.add_argument("mall_id", metavar="MALL", help="the mall's id")
    parser.add_argument(
        "file",
        nargs="?",
        default="-",
        metavar="FILE|-",
        help="Cafe24's token answer as JSON, or .env lines; - is stdin",
    )
    parser.add_argument(
        "--refresh", action="store_true", help="prove the tokens at once, by spending one grant"
    )
    parser.add_argument("--client-id", help="whose tokens they are, where Vault has several apps")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Read the pair, say what it replaces, store it; with --refresh, prove it."""
    mall = mall_id(arguments.mall_id)
    print_note(STOP_OTHERS)
    foreign = ForeignPair.parsed(_read(arguments.file), mall)
    settings = Settings.load(despite_legacy=True)
    tokens = settings.keeper_tokens()
    records: list[GrantRecord] = []
    store = tokens.store()
    try:
        app = store.app_or_only_one(_client_id(foreign, arguments.client_id))
        before = store.read_mall(mall)
        newcomer = _newcomer(foreign, mall, app, before, store)
        above = max(known_generations(settings, mall).values(), default=0)
        result = _adopted(tokens, store, newcomer, before, above, records)
    finally:
        store.vault.session.sign_out()
    if arguments.refresh:
        result = _proved(tokens, settings, mall, records)
    write_ledger(settings, records)
    _print(result, newcomer, before, is_proved=arguments.refresh, as_json=arguments.json)
    return 0


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read()
        return Path(file).read_text(encoding="utf-8-sig")
    except OSError as refusal:
        raise UsageError(f"{file} cannot be read: {refusal.strerror}.", "Name a file.") from None
    except UnicodeDecodeError:
        raise UsageError("The tokens are no UTF-8 text.", "Give JSON or .env lines.") from None


def _client_id(foreign: ForeignPair, asked: str | None) -> str | None:
    if asked and foreign.client_id and asked != foreign.client_id:
        raise UsageError(
            f"These tokens are of the app {foreign.client_id}, not of {asked}.",
            "Leave --client-id out.",
        )
    return foreign.client_id or asked


def _newcomer(
    foreign: ForeignPair, mall: MallId, app: AppDocument, before: Stored | None, store: TokenStore
) -> Newcomer:
    now = store.vault.session.now()
    pair = foreign.pair(now)
    if pair.refresh_expires_at <= now:
        raise Reauthorize(
            f"This refresh token of {mall} ended at {when(pair.refresh_expires_at)}.",
            f"The mall's principal operator must consent again: {MANAGE} authorize {mall}",
        )
    return Newcomer(
        mall,
        app.client_id,
        pair,
        foreign.shop_no,
        foreign.status(now),
        replaces=before.version if before else 0,
    )


def _adopted(  # noqa: PLR0913, PLR0917 - what comes, over what, and who is told
    tokens: TokenConfiguration,
    store: TokenStore,
    newcomer: Newcomer,
    before: Stored | None,
    above: int,
    records: list[GrantRecord],
) -> Refresh:
    """Begin a lineage with the pair, unless Vault holds this very one."""
    if before is not None and before.document.refresh_token == newcomer.pair.refresh_token:
        print_note(f"Vault holds this very pair of {newcomer.mall_id} already.")
        document = before.document
        return Refresh(
            newcomer.mall_id,
            "fresh",
            document.grant,
            document.access_expires_at,
            document.refresh_expires_at,
        )
    if before is not None:
        _say_what_goes(store, newcomer, before)
    adoption = Adoption(
        store,
        TokenEndpoint(tokens.api_url),
        environment=tokens.environment,
        witness=records.append,
    )
    return adoption.adopt(newcomer, above_generation=above)


def _say_what_goes(store: TokenStore, newcomer: Newcomer, before: Stored) -> None:
    old = before.document
    print_note(
        f"It replaces generation {old.generation} of {old.mall_id} ({old.status}, granted "
        f"{when(old.issued_at)}). The way back: "
        f"{store.rollback_command(newcomer.mall_id, before.version)}"
    )
    if old.issued_at > newcomer.pair.issued_at:
        print_note("What it replaces is the newer: if both are of one consent, this one is spent.")


def _proved(
    tokens: TokenConfiguration, settings: Settings, mall: MallId, records: list[GrantRecord]
) -> Refresh:
    """Spend the refresh token once; its answer proves the pair, or says what is wrong."""
    keeper = tokens.keeper(records.append, lambda of: known_generations(settings, of))
    try:
        return keeper.refresh(mall, FORCED)
    finally:
        keeper.close()
        # Also when the answer was bad, the ledger keeps what came in.
        write_ledger(settings, records)
        records.clear()


def _print(
    result: Refresh, newcomer: Newcomer, before: Stored | None, *, is_proved: bool, as_json: bool
) -> None:
    for flaw in result.unfinished:
        print_note(flaw)
    is_held = result.outcome == "fresh" and before is not None
    status = before.document.status if is_held and before is not None else newcomer.status
    status = "active" if is_proved else status
    outcome = "refreshed" if is_proved else ("held" if is_held else "imported")
    if as_json:
        print_json(
            {
                "mall_id": result.mall_id,
                "outcome": outcome,
                "status": status,
                "generation": result.grant.generation,
                "replaced_generation": before.document.generation if before else None,
                "access_expires_at": result.access_expires_at,
                "refresh_expires_at": result.refresh_expires_at,
            }
        )
        return
    print(
        f"{result.mall_id}: {outcome}, {status}, generation {result.grant.generation}, "
        f"refresh token until {when(result.refresh_expires_at)}"
    )
    if status == "unproven":
        print_note(f"Prove it: {MANAGE} refresh {result.mall_id} --force")
