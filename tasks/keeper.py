"""Lends a run's steps the keeper, whose grants happen in a helper process.

One helper for each sign-in, started when a grant is first needed, and fed by every
step of this process. What it grants stands in the ledger behind the step that asked.
"""

import atexit
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import partial

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

LOOKS_AT_THE_LEDGER = 2
"""Connections for the short question that goes before each grant, beside the steps' own."""

_keepers: dict[tuple[TokenConfiguration, str], DistantKeeper] = {}
_granted: deque[GrantRecord] = deque()
_known_ahead: dict[MallId, dict[str, int]] = {}


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
        yield lend_keeper(vault, database)
    finally:
        # The ledger is written even when the run is being cancelled.
        with CancelScope(shield=True):
            await tell_grants(taken_granted())


def lend_keeper(vault: TokenVault, database: ProductDatabase) -> DistantKeeper:
    """Return this process's keeper for these blocks."""
    key = (vault.open(), database.url.get_secret_value())
    if key not in _keepers:
        engine = database.open(connections=LOOKS_AT_THE_LEDGER)
        _keepers[key] = DistantKeeper(key[0], _granted.append, partial(_known, engine))
    return _keepers[key]


def taken_granted() -> list[GrantRecord]:
    """Return what was granted since this was asked last; who takes it writes it down."""
    return [_granted.popleft() for _ in range(len(_granted))]


@contextlib.contextmanager
def knowing_ahead(known: Mapping[MallId, dict[str, int]]) -> Iterator[None]:
    """Remember what the ledger knows of malls, each for the next time it is asked."""
    _known_ahead.update(known)
    try:
        yield
    finally:
        _known_ahead.clear()


async def tell_grants(records: Sequence[GrantRecord]) -> None:
    """Emit what was granted, and write it down."""
    for record in records:
        if record.outcome in GRANTED:
            emit_for_mall("cafe24.token.refreshed", record.mall_id, generation=record.generation)
    await write_ledger(records)


async def write_ledger(records: Sequence[GrantRecord]) -> None:
    """Write down what was granted; a ledger that cannot be written is no failure."""
    if not records:
        return
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


def _known(engine: Engine, mall: MallId) -> dict[str, int]:
    ahead = _known_ahead.pop(mall, None)
    return known_generations(engine, mall) if ahead is None else ahead
