"""Opens a keeper for a step, from its block, and closes it behind the step.

It is closed even when the run is being cancelled: hence the shield.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence

from anyio import CancelScope, to_thread
from prefect.logging import get_run_logger

from blocks.loading import load
from blocks.token_vault import KEEPER, TokenVault
from cafe24.errors import CafeError
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.ledger import Ledger
from cafe24.tokens.outcome import GrantRecord
from tasks.database import opened_database


@contextlib.asynccontextmanager
async def opened_keeper(block: TokenVault | None = None) -> AsyncIterator[Keeper]:
    """Open a keeper, of the keeper's block unless it is at hand.

    What it granted stands in the ledger afterwards.

    Raises:
        SettingsError: there is no usable block.
    """
    vault = block or await load(TokenVault, KEEPER)
    records: list[GrantRecord] = []
    keeper = vault.open().keeper(records.append)
    try:
        yield keeper
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(keeper.close)
            await write_ledger(records)


async def write_ledger(records: Sequence[GrantRecord]) -> None:
    """Append the grants; a ledger that cannot be written is said, not fatal."""
    if not records:
        return
    try:
        async with opened_database() as engine:
            await to_thread.run_sync(_append, Ledger(engine), records)
    except CafeError as failure:
        get_run_logger().warning("The ledger was not written; the tokens are safe. %s", failure)


def _append(ledger: Ledger, records: Sequence[GrantRecord]) -> None:
    for record in records:
        ledger.append(record)
