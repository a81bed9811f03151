"""Lends a run's steps the keeper, whose grants happen in a helper process.

One helper for each sign-in, started when a grant is first needed, and fed by every
step of this process. What it grants stands in the ledger behind the step that asked.
"""

import asyncio
import atexit
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence

from anyio import CancelScope, to_thread
from prefect.logging import get_run_logger
from sqlalchemy import Engine

from blocks.loading import load
from blocks.product_database import DEFAULT, ProductDatabase
from blocks.token_vault import KEEPER, TokenVault
from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.helper.client import DistantKeeper
from cafe24.tokens.ledger import Ledger
from cafe24.tokens.outcome import GrantRecord
from tasks.database import opened_database
from tasks.events import emit_for_mall

GRANTED = frozenset({"refreshed", "authorized"})
"""Outcomes that brought a new pair."""

TELL_EVERY_S = 1.0

LOOKS_AT_THE_LEDGER = 2
"""Connections for the short question that goes before each grant, beside the steps' own."""

_keepers: dict[tuple[TokenConfiguration, str], DistantKeeper] = {}
_granted: deque[GrantRecord] = deque()


@contextlib.asynccontextmanager
async def opened_keeper(block: TokenVault | None = None) -> AsyncIterator[DistantKeeper]:
    """Lend the keeper, of the keeper's block unless it is at hand.

    What it granted stands in the ledger afterwards, and is told: a sync refreshes in
    passing, and nobody else would say so.

    Raises:
        SettingsError: there is no usable block.
    """
    vault = block or await load(TokenVault, KEEPER)
    database = await load(ProductDatabase, DEFAULT)
    try:
        yield _keeper(vault.open(), database)
    finally:
        # The ledger is written even when the run is being cancelled.
        with CancelScope(shield=True):
            await _tell_granted()


@contextlib.asynccontextmanager
async def told_as_they_come() -> AsyncIterator[None]:
    """Tell of grants while a shard's work goes on: one that dies leaves a second untold."""
    at_the_end = asyncio.Event()

    async def tell() -> None:
        while not at_the_end.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(at_the_end.wait(), TELL_EVERY_S)
            await _tell_granted()

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        at_the_end.set()
        with CancelScope(shield=True):
            await telling


async def _tell_granted() -> None:
    await tell_grants([_granted.popleft() for _ in range(len(_granted))])


async def tell_grants(records: Sequence[GrantRecord]) -> None:
    """Emit what was granted and write it down; a ledger that cannot be written is no failure."""
    if not records:
        return
    for record in records:
        if record.outcome in GRANTED:
            emit_for_mall("cafe24.token.refreshed", record.mall_id, generation=record.generation)
    try:
        async with opened_database() as engine:
            await to_thread.run_sync(Ledger(engine).append, *records)
    except CafeError as failure:
        get_run_logger().warning("The ledger was not written; the tokens are safe. %s", failure)


def known_generations(engine: Engine, mall: MallId) -> dict[str, int]:
    """Return the ledger's highest generation of each lineage; none when it cannot be asked."""
    try:
        return Ledger(engine).known(mall)
    except CafeError as failure:
        get_run_logger().warning("The ledger was not asked; Vault's own count serves. %s", failure)
        return {}


@atexit.register
def close_keepers() -> None:
    """Let every helper finish what it has in hand, and end."""
    while _keepers:
        _keepers.popitem()[1].close()


def _keeper(tokens: TokenConfiguration, database: ProductDatabase) -> DistantKeeper:
    key = (tokens, database.url.get_secret_value())
    if key not in _keepers:
        engine = database.open(connections=LOOKS_AT_THE_LEDGER)
        _keepers[key] = DistantKeeper(
            tokens, _granted.append, lambda mall: known_generations(engine, mall)
        )
    return _keepers[key]
