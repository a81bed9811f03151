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
from tasks.events import emit_for_mall

GRANTED = frozenset({"refreshed", "authorized"})
"""Outcomes that brought a new pair."""


@contextlib.asynccontextmanager
async def opened_keeper(block: TokenVault | None = None) -> AsyncIterator[Keeper]:
    """Open a keeper, of the keeper's block unless it is at hand.

    What it granted stands in the ledger afterwards, and is told: a sync refreshes in
    passing, and nobody else would say so.

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
            await tell_grants(records)


async def tell_grants(records: Sequence[GrantRecord]) -> None:
    """Emit what was granted and write it down; a ledger that cannot be written is no failure."""
    if not records:
        return
    for record in records:
        if record.outcome in GRANTED:
            emit_for_mall("cafe24.token.refreshed", record.mall_id, generation=record.generation)
    try:
        async with opened_database() as engine:
            await to_thread.run_sync(_append, Ledger(engine), records)
    except CafeError as failure:
        get_run_logger().warning("The ledger was not written; the tokens are safe. %s", failure)


def _append(ledger: Ledger, records: Sequence[GrantRecord]) -> None:
    for record in records:
        ledger.append(record)
