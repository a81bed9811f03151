"""What Vault knows of malls and apps in trouble, for the message: how long is left, which app."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from anyio import to_thread
from prefect.logging import get_run_logger

from cafe24.alerts.tables import Fact
from cafe24.errors import CafeError, NeedsPerson
from cafe24.malls import MallId
from cafe24.tokens.document import AppDocument, MallDocument
from cafe24.tokens.store import TokenStore
from tasks.keeper import opened_keeper

READS_AT_ONCE = 16
"""Documents that are read side by side."""

Facts = Mapping[str, Fact | datetime]

Name = TypeVar("Name", bound=str)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """Plain facts of documents, by whose they are: nothing that opens a door."""

    malls: Mapping[MallId, Facts] = field(default_factory=dict)
    apps: Mapping[str, Facts] = field(default_factory=dict)


NOTHING_KNOWN = KnownFacts()


async def known_facts(malls: Sequence[MallId], apps: Sequence[str]) -> KnownFacts:
    """Return the facts of each mall and app; none where Vault does not tell, which is said.

    A message without them is better than none: Vault may be the very trouble.

    Args:
        malls: those that get incidents of their own.
        apps: client_ids of those that get one for many malls.
    """
    if not malls and not apps:
        return NOTHING_KNOWN
    try:
        async with opened_keeper() as keeper:
            return await to_thread.run_sync(_facts, keeper.store, malls, apps)
    except CafeError as failure:
        get_run_logger().warning("The alerts tell no time left. %s", failure)
        return NOTHING_KNOWN


def _facts(store: TokenStore, malls: Sequence[MallId], apps: Sequence[str]) -> KnownFacts:
    """Read each mall once, and each app once, however many malls are of it."""
    pairs = _read_each(lambda mall: store.mall(mall).document, malls)
    wanted = dict.fromkeys([*apps, *(pair.client_id for pair in pairs.values())])
    of_apps = {name: _app_facts(app) for name, app in _read_each(store.app, [*wanted]).items()}
    of_malls = {
        mall: {**_pair_facts(pair), **of_apps.get(pair.client_id, {})}
        for mall, pair in pairs.items()
    }
    return KnownFacts(of_malls, of_apps)


def _read_each(read: Callable[[Name], Found], names: Sequence[Name]) -> dict[Name, Found]:
    """Return what there is, side by side; none where the very document is the trouble."""

    def read_or_why(name: Name) -> Found | NeedsPerson:
        try:
            return read(name)
        except NeedsPerson as failure:
            return failure

    with ThreadPoolExecutor(READS_AT_ONCE) as threads:
        found = dict(zip(names, threads.map(read_or_why, names), strict=True))
    for name, one in found.items():
        if isinstance(one, NeedsPerson):
            get_run_logger().warning("The alert about %s does not tell all. %s", name, one)
    return {name: one for name, one in found.items() if not isinstance(one, NeedsPerson)}


def _pair_facts(pair: MallDocument) -> Facts:
    return {
        "expires_at": pair.refresh_expires_at,
        "last_refresh_at": pair.issued_at,
        "generation": pair.generation,
    }


def _app_facts(app: AppDocument) -> Facts:
    return {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scopes": ",".join(app.scopes),
    }
