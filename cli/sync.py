"""`manage.py sync MALL|--all [--full|--stock]`: bring products into SQL, without Prefect.

With `--json` each shop of a mall is a row of its own, and `counts` says how many of the
rows came to each outcome.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from cafe24.api.client import MallApi
from cafe24.database.engine import open_engine
from cafe24.errors import CafeError
from cafe24.malls import MallId, mall_id
from cafe24.products.deletions import BRAKE_SHARE
from cafe24.products.mode import WantedMode
from cafe24.products.shops import ShopSync, Wish, shops_of, sync_shops
from cafe24.products.tables.database import ProductDatabase
from cafe24.settings import Settings
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.outcome import GrantRecord
from cli.ledger import write_ledger
from cli.malls import add_mall_arguments, chosen_malls
from cli.output import SOMETHING_WRONG, counts, exit_code, print_json
from cli.sync_progress import SyncProgress
from cli.sync_table import print_syncs

SHOWN = (
    "mall_id", "shop_no", "mode", "outcome", "source", "stored", "new", "changed", "unchanged",
    "deleted", "quarantined", "details", "calls", "rejected_429", "wait_s", "wall_s", "reason",
)  # fmt: skip
"""The fields of a report that are printed, in this order."""

AT_ONCE = 8
"""Malls; each has limits of its own."""

Answer = list[ShopSync] | CafeError
"""What a mall's shops came to, or why none of them could be begun."""


@dataclass(frozen=True, slots=True)
class _Errand:
    """What every mall's sync needs."""

    settings: Settings
    keeper: Keeper
    engine: Engine
    wish: Wish
    progress: SyncProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `sync`'s arguments."""
    add_mall_arguments(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--full", action="store_true", help="read everything and find deletions")
    what.add_argument(
        "--stock", action="store_true", help="read every variant's stock and nothing else"
    )
    parser.add_argument(
        "--allow-deletions", action="store_true", help="also when many products are gone at once"
    )


def run(arguments: argparse.Namespace) -> int:
    """Sync and report; a shop's failure is its own."""
    if arguments.mall_id is not None:
        mall_id(arguments.mall_id)
    settings = Settings.load()
    engine = open_engine(settings.database_url.get_secret_value())
    records: list[GrantRecord] = []
    keeper = settings.keeper_tokens().keeper(records.append)
    brake_share = 1.0 if arguments.allow_deletions else BRAKE_SHARE
    wish = Wish(_mode(arguments), brake_share, settings.detail_calls_per_run)
    try:
        malls = chosen_malls(arguments, keeper.store)
        with SyncProgress() as progress:
            errand = _Errand(settings, keeper, engine, wish, progress)
            answers = asyncio.run(_sync(errand, malls))
        write_ledger(settings, records)
    finally:
        keeper.close()
        engine.dispose()
    _print(answers, as_json=arguments.json)
    return _exit_code([answer for _, answer in answers])


def _mode(arguments: argparse.Namespace) -> WantedMode:
    if arguments.full:
        return "full"
    return "stock" if arguments.stock else "auto"


async def _sync(errand: _Errand, malls: Sequence[MallId]) -> list[tuple[MallId, Answer]]:
    """Sync some malls at a time; one that Cafe24 blocks holds up no other."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def answer(mall: MallId) -> tuple[MallId, Answer]:
        async with turns:
            return mall, await _answer(errand, mall)

    return list(await asyncio.gather(*(answer(mall) for mall in malls)))


async def _answer(errand: _Errand, mall: MallId) -> Answer:
    """Sync every shop of one mall."""
    keeper = errand.keeper
    try:
        url = await asyncio.to_thread(keeper.api_address, mall)
        shop_nos = (await asyncio.to_thread(keeper.store.mall, mall)).document.shop_nos
    except CafeError as failure:
        return failure
    shops = shops_of(mall, shop_nos)
    errand.progress.watch(shop.report for shop in shops)
    async with MallApi(mall, url, keeper, api_version=errand.settings.api_version) as api:
        await sync_shops(api, ProductDatabase(errand.engine), shops, errand.wish)
    return shops


def _exit_code(answers: Sequence[Answer]) -> int:
    """Return the exit code; a count that disagrees or a record set aside is not all well."""
    refused = [answer for answer in answers if isinstance(answer, CafeError)]
    shops = [shop for answer in answers if isinstance(answer, list) for shop in answer]
    failures = [shop.failure for shop in shops if shop.failure is not None]
    code = exit_code([*refused, *failures])
    return code or (SOMETHING_WRONG if any(shop.report.trouble for shop in shops) else 0)


def _print(answers: Sequence[tuple[MallId, Answer]], *, as_json: bool) -> None:
    if as_json:
        rows = [row for mall, answer in answers for row in _rows(mall, answer)]
        print_json({"malls": rows, "counts": counts(row["outcome"] for row in rows)})
    else:
        print_syncs(answers)


def _rows(mall: MallId, answer: Answer) -> list[dict[str, Any]]:
    if isinstance(answer, CafeError):
        reason = str(answer).removeprefix(f"{mall}: ")
        empty = dict.fromkeys(SHOWN)
        return [{**empty, "mall_id": mall, "outcome": "failed", "reason": reason}]
    told = [shop.report.as_json() for shop in answer]
    return [{name: report[name] for name in SHOWN} for report in told]
