"""`manage.py refresh MALL|--all`: fresh tokens, one grant at most, and the ways out.

Needs Vault alone; the ledger in the database is written after, if it can be.
"""

import argparse
from datetime import timedelta
from typing import Any

from cafe24.boottime import process_started
from cafe24.errors import CafeError
from cafe24.malls import MallId, mall_id
from cafe24.settings import Settings
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.need import FORCED, Need, Override
from cafe24.tokens.outcome import GrantRecord, Refresh
from cli.ledger import known_generations, write_ledger
from cli.malls import add_mall_arguments, chosen_malls
from cli.output import SOMETHING_WRONG, counts, exit_code, print_json, print_note, when

USUAL = Need(max_age=timedelta(days=1))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `refresh`'s arguments."""
    add_mall_arguments(parser)
    parser.add_argument("--force", action="store_true", help="also when the tokens are fresh")
    parser.add_argument(
        "--retry-quarantined",
        action="store_true",
        help="make one call with a token that Cafe24 refused before",
    )
    parser.add_argument(
        "--accept-store",
        action="store_true",
        help="go on with what Vault holds although the ledger knows a later grant",
    )
    parser.add_argument(
        "--take-over", action="store_true", help="make another environment's mall this one's"
    )


def run(arguments: argparse.Namespace) -> int:
    """Refresh, report, and write the ledger."""
    if arguments.mall_id is not None:
        mall_id(arguments.mall_id)
    settings = Settings.load()
    records: list[GrantRecord] = []
    keeper = settings.keeper_tokens().keeper(
        records.append, lambda mall: known_generations(settings, mall)
    )
    need = FORCED if arguments.force else USUAL
    override = Override(
        retry_dead=arguments.retry_quarantined,
        accept_store=arguments.accept_store,
        take_over=arguments.take_over,
    )
    try:
        malls = chosen_malls(arguments, keeper.store)
        answers = [(mall, _answer(keeper, mall, need, override)) for mall in malls]
        write_ledger(settings, records)
    finally:
        keeper.close()
    _print(answers, as_json=arguments.json)
    return _exit_code([answer for _, answer in answers])


def _answer(keeper: Keeper, mall: MallId, need: Need, override: Override) -> Refresh | CafeError:
    """Refresh one mall; its failure is its own."""
    try:
        return keeper.refresh(mall, need, override, asked=process_started())
    except CafeError as failure:
        return failure


def _exit_code(answers: list[Refresh | CafeError]) -> int:
    """Return the exit code; tokens that readers or the monitor cannot see are not all well."""
    code = exit_code(answer for answer in answers if isinstance(answer, CafeError))
    is_published = all(isinstance(one, CafeError) or one.is_published for one in answers)
    return code or (0 if is_published else SOMETHING_WRONG)


def _print(answers: list[tuple[MallId, Refresh | CafeError]], *, as_json: bool) -> None:
    rows = [_row(mall, answer) for mall, answer in answers]
    if as_json:
        print_json({"malls": rows, "counts": counts(row["outcome"] for row in rows)})
        return
    for row in rows:
        if row["outcome"] in _SAID:
            print(
                f"{row['mall_id']}: {_SAID[row['outcome']]}, generation {row['generation']}, "
                f"access until {when(row['access_expires_at'])}, "
                f"refresh token until {when(row['refresh_expires_at'])}"
            )
        if row["reason"]:
            print_note(f"{row['mall_id']}: {row['reason']}")


def _row(mall: MallId, answer: Refresh | CafeError) -> dict[str, Any]:
    if isinstance(answer, CafeError):
        return {
            "mall_id": mall,
            "outcome": _OUTCOMES.get(type(answer).__name__, "failed"),
            "generation": None,
            "access_expires_at": None,
            "refresh_expires_at": None,
            "reason": str(answer),
        }
    return {
        "mall_id": mall,
        "outcome": answer.outcome,
        "generation": answer.grant.generation,
        "access_expires_at": answer.access_expires_at,
        "refresh_expires_at": answer.refresh_expires_at,
        "reason": " ".join((*_home(answer), *answer.unfinished)),
    }


def _home(refresh: Refresh) -> tuple[str, ...]:
    return ("A pair that was sealed on this host is in Vault now.",) if refresh.came_home else ()


_SAID = {"refreshed": "new tokens", "fresh": "still fresh"}

_OUTCOMES = {
    "Reauthorize": "reauthorize",
    "TokenAmbiguous": "ambiguous",
    "AppRefused": "app_refused",
    "RateLimited": "rate_limited",
    "MallBusy": "busy",
    "MallPaused": "paused",
    "PairSpilled": "spilled",
    "StoreRolledBack": "rolled_back",
}
