"""What Vault knows of a mall's pair, for the message about it: how long is left, which app."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from anyio import to_thread
from prefect.logging import get_run_logger

from cafe24.alerts.tables import Fact
from cafe24.errors import CafeError, NeedsPerson
from cafe24.malls import MallId
from cafe24.tokens.store import TokenStore
from tasks.keeper import opened_keeper

Facts = Mapping[str, Fact | datetime]


async def known_facts(malls: Sequence[MallId]) -> dict[MallId, Facts]:
    """Return the facts of each mall; none where Vault does not tell, which is said.

    A message without them is better than none: Vault may be the very trouble.
    """
    if not malls:
        return {}
    try:
        async with opened_keeper() as keeper:
            return await to_thread.run_sync(_facts_of_all, keeper.store, malls)
    except CafeError as failure:
        get_run_logger().warning("The alerts tell no time left. %s", failure)
        return {}


def _facts_of_all(store: TokenStore, malls: Sequence[MallId]) -> dict[MallId, Facts]:
    return {mall: _facts_or_none(store, mall) for mall in malls}


def _facts_or_none(store: TokenStore, mall: MallId) -> Facts:
    """Return a mall's facts; none where its documents are the trouble."""
    try:
        return _facts(store, mall)
    except NeedsPerson as failure:
        get_run_logger().warning("The alert about %s tells no time left. %s", mall, failure)
        return {}


def _facts(store: TokenStore, mall: MallId) -> Facts:
    """Return plain facts of the documents, and nothing that opens a door."""
    pair = store.mall(mall).document
    app = store.app_or_only_one(pair.client_id)
    return {
        "expires_at": pair.refresh_expires_at,
        "last_refresh_at": pair.issued_at,
        "generation": pair.generation,
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scopes": ",".join(app.scopes),
    }
