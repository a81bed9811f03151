"""What the keeper reports: to its caller, and for the ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cafe24.malls import MallId
from cafe24.tokens.pair import Grant

GrantOutcome = Literal[
    "refreshed",
    "authorized",
    "imported",
    "refused",
    "ambiguous",
    "unspent",
    "spilled",
    "set_aside",
]
RefreshOutcome = Literal["refreshed", "fresh"]


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """What a keeper reports of one call, for the ledger. Times are Vault's.

    Attributes:
        generation: the new pair's when one came, else the presented one's.
        fingerprint: likewise.
    """

    environment: str
    mall_id: MallId
    lineage: str
    generation: int
    fingerprint: str
    owner: str
    host: str
    started_at: datetime
    finished_at: datetime
    outcome: GrantOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refresh:
    """How a mall stands after a refresh, a consent or an import. No token in it.

    Attributes:
        outcome: `refreshed` when a new pair came, `fresh` when the one in Vault
            had enough left.
        unfinished: what went wrong after the pair was safe, or is odd about it, each
            in one line.
        came_home: whether a pair that was sealed on this host is in Vault again.
        is_published: whether readers' copy and metadata say the same as the document; if
            not, a later run mends it.
        client_id: the app that the pair is of.
    """

    mall_id: MallId
    outcome: RefreshOutcome
    grant: Grant
    access_expires_at: datetime
    refresh_expires_at: datetime
    unfinished: tuple[str, ...] = ()
    came_home: bool = False
    is_published: bool = True
    client_id: str = ""


Witness = Callable[[GrantRecord], None]
"""Told of every call of the token endpoint, as soon as its outcome is known."""
