"""Lends a shard the keeper, whose grants are written down some at a time.

What goes with each grant of a single mall would be half of a fleet's work: an event that
Prefect's server takes longer for than the grant takes, a question to the ledger, a
transaction. So a shard asks the ledger once for all its malls, writes once a second, and
emits no event for what went well; its report counts that.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

from anyio import CancelScope, to_thread
from prefect.logging import get_run_logger

from blocks.loading import load
from blocks.product_database import DEFAULT, ProductDatabase
from blocks.token_vault import KEEPER, TokenVault
from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.tokens.helper.client import DistantKeeper
from cafe24.tokens.ledger import Ledger
from tasks.database import opened_database
from tasks.keeper import knowing_ahead, lend_keeper, taken_granted, write_ledger

WRITE_EVERY_S = 1.0


@contextlib.asynccontextmanager
async def opened_fleet_keeper(
    malls: Sequence[MallId], block: TokenVault | None = None
) -> AsyncIterator[DistantKeeper]:
    """Lend the keeper, of the keeper's block unless it is at hand, for these malls.

    A process that dies leaves a second of grants out of the ledger; they are in Vault.

    Raises:
        SettingsError: there is no usable block.
    """
    vault = block or await load(TokenVault, KEEPER)
    database = await load(ProductDatabase, DEFAULT)
    at_the_end = asyncio.Event()
    with knowing_ahead(await _known_of_all(malls)):
        writing = asyncio.create_task(_write_until(at_the_end))
        try:
            yield lend_keeper(vault, database)
        finally:
            at_the_end.set()
            # The ledger is written even when the run is being cancelled.
            with CancelScope(shield=True):
                await writing


async def _known_of_all(malls: Sequence[MallId]) -> Mapping[MallId, dict[str, int]]:
    """Ask in few questions what the ledger knows; where that fails, each mall asks itself."""
    try:
        async with opened_database() as engine:
            return await to_thread.run_sync(Ledger(engine).known_of_all, malls)
    except CafeError as failure:
        get_run_logger().warning("The ledger was not asked ahead. %s", failure)
        return {}


async def _write_until(at_the_end: asyncio.Event) -> None:
    while not at_the_end.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(at_the_end.wait(), WRITE_EVERY_S)
        await write_ledger(taken_granted())
