"""`manage.py import MALL [FILE|-]`: take over a pair that somebody else kept until now.

It comes from a file or on stdin, never as an argument, which every process list shows.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from cafe24.commands import MANAGE
from cafe24.errors import UsageError
from cafe24.malls import MallId, mall_id
from cafe24.settings import Settings
from cafe24.tokens.foreign_pair import ForeignPair
from cafe24.tokens.need import FORCED
from cafe24.tokens.outcome import GrantRecord, Refresh
from cli.ledger import known_generations, write_ledger
from cli.output import print_json, print_note, when
from cli.taking_over import Taken, TakingOver

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
    client_id = _client_id(foreign, arguments.client_id)
    settings = Settings.load(despite_legacy=True)
    taken = _taken(settings, mall, foreign, client_id)
    if arguments.refresh:
        taken = replace(taken, result=_proved(settings, mall), outcome="refreshed", status="active")
    _print(taken, as_json=arguments.json)
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


def _taken(settings: Settings, mall: MallId, foreign: ForeignPair, client_id: str | None) -> Taken:
    tokens = settings.keeper_tokens()
    store = tokens.store()
    records: list[GrantRecord] = []
    try:
        above = max(known_generations(settings, mall).values(), default=0)
        taken = TakingOver(tokens, store, mall, records.append).take(foreign, client_id, above)
    finally:
        store.vault.session.sign_out()
    write_ledger(settings, records)
    return taken


def _proved(settings: Settings, mall: MallId) -> Refresh:
    """Spend the refresh token once; its answer proves the pair, or says what is wrong."""
    records: list[GrantRecord] = []
    keeper = settings.keeper_tokens().keeper(
        records.append, lambda of: known_generations(settings, of)
    )
    try:
        return keeper.refresh(mall, FORCED)
    finally:
        keeper.close()
        write_ledger(settings, records)


def _print(taken: Taken, *, as_json: bool) -> None:
    result = taken.result
    for flaw in result.unfinished:
        print_note(flaw)
    if as_json:
        print_json(
            {
                "mall_id": result.mall_id,
                "outcome": taken.outcome,
                "status": taken.status,
                "generation": result.grant.generation,
                "replaced_generation": taken.replaced_generation,
                "access_expires_at": result.access_expires_at,
                "refresh_expires_at": result.refresh_expires_at,
            }
        )
        return
    print(
        f"{result.mall_id}: {taken.outcome}, {taken.status}, generation "
        f"{result.grant.generation}, refresh token until {when(result.refresh_expires_at)}"
    )
    if taken.status == "unproven":
        print_note(f"Prove it: {MANAGE} refresh {result.mall_id} --force")
