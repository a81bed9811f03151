"""`manage.py sync MALL|--all [--full]`: bring products into the database, without Prefect."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from sqlalchemy import Engine

from cafe24.api.client import MallApi
from cafe24.database.engine import open_engine
from cafe24.errors import CafeError
from cafe24.malls import MallId, mall_id
from cafe24.products.deletions import BRAKE_SHARE
from cafe24.products.mode import WantedMode
from cafe24.products.sync import sync_mall
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.tables.runs import SyncReport
from cafe24.settings import Settings
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.outcome import GrantRecord
from cli.ledger import write_ledger
from cli.malls import add_mall_arguments, chosen_malls
from cli.output import SOMETHING_WRONG, counts, exit_code, print_json, print_note

SHOWN = (
    "mall_id", "shop_no", "mode", "outcome", "source", "stored", "new", "changed", "unchanged",
    "deleted", "quarantined", "calls", "rejected_429", "wait_s", "wall_s", "reason",
)  # fmt: skip
"""The fields of a report that are printed, in this order."""

AT_ONCE = 8
"""Malls; each has limits of its own."""
SHOWN_MALLS = 3


@dataclass(frozen=True, slots=True)
class _Wish:
    """How the operator wants the syncs."""

    mode: WantedMode
    brake_share: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `sync`'s arguments."""
    add_mall_arguments(parser)
    parser.add_argument("--full", action="store_true", help="read everything and find deletions")
    parser.add_argument(
        "--allow-deletions", action="store_true", help="also when many products are gone at once"
    )


def run(arguments: argparse.Namespace) -> int:
    """Sync and report; a mall's failure is its own."""
    if arguments.mall_id is not None:
        mall_id(arguments.mall_id)
    settings = Settings.load()
    engine = open_engine(settings.database_url.get_secret_value())
    records: list[GrantRecord] = []
    keeper = settings.keeper_tokens().keeper(records.append)
    try:
        malls = chosen_malls(arguments, keeper.store)
        brake_share = 1.0 if arguments.allow_deletions else BRAKE_SHARE
        wish = _Wish("full" if arguments.full else "auto", brake_share)
        answers = asyncio.run(_sync(settings, keeper, engine, malls, wish))
        write_ledger(settings, records)
    finally:
        keeper.close()
        engine.dispose()
    rows = [row for mall, answer in answers for row in _rows(mall, answer)]
    _print(rows, as_json=arguments.json)
    code = exit_code(answer for _, answer in answers if isinstance(answer, CafeError))
    return code or (SOMETHING_WRONG if any(row["outcome"] != "synced" for row in rows) else 0)


async def _sync(
    settings: Settings, keeper: Keeper, engine: Engine, malls: Sequence[MallId], wish: _Wish
) -> list[tuple[MallId, list[SyncReport] | CafeError]]:
    """Sync some malls at a time; one that Cafe24 blocks holds up no other."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def answer(mall: MallId) -> tuple[MallId, list[SyncReport] | CafeError]:
        async with turns:
            return mall, await _answer(settings, keeper, engine, mall, wish)

    # A terminal shows that it works: Cafe24's limit lets two calls a second through.
    with Console(stderr=True).status(f"{', '.join(malls[:SHOWN_MALLS])}: reading products ..."):
        return list(await asyncio.gather(*(answer(mall) for mall in malls)))


async def _answer(
    settings: Settings, keeper: Keeper, engine: Engine, mall: MallId, wish: _Wish
) -> list[SyncReport] | CafeError:
    """Sync every shop of one mall."""
    try:
        url = await asyncio.to_thread(keeper.api_address, mall)
        shop_nos = (await asyncio.to_thread(keeper.store.mall, mall)).document.shop_nos
        async with MallApi(mall, url, keeper, api_version=settings.api_version) as api:
            return [
                await sync_mall(
                    api,
                    ProductDatabase(engine),
                    shop_no=shop_no,
                    mode=wish.mode,
                    brake_share=wish.brake_share,
                    detail_calls=settings.detail_calls_per_run,
                )
                for shop_no in shop_nos
            ]
    except CafeError as failure:
        return failure


def _rows(mall: MallId, answer: list[SyncReport] | CafeError) -> list[dict[str, Any]]:
    if isinstance(answer, CafeError):
        empty = dict.fromkeys(SHOWN)
        return [{**empty, "mall_id": mall, "outcome": "failed", "reason": str(answer)}]
    return [{name: report.as_json()[name] for name in SHOWN} for report in answer]


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json({"malls": rows, "counts": counts(row["outcome"] for row in rows)})
        return
    for row in rows:
        if row["outcome"] == "failed":
            print_note(f"{row['mall_id']}: {row['reason']}")
            continue
        print(
            f"{row['mall_id']}: {row['mode']} sync, {row['outcome']} ({row['reason']}): "
            f"{row['stored']} of {row['source']} products held, {row['new']} new, "
            f"{row['changed']} changed, {row['deleted']} deleted, "
            f"{row['quarantined']} quarantined; {row['calls']} calls in {row['wall_s']:.0f} s"
        )
