"""The intent in Vault: lock, lease and fence of one refresh."""

import os
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from cafe24.boottime import boottime
from cafe24.errors import Conflict, VaultAway
from cafe24.malls import MallId
from cafe24.tokens.document import Intent, MallDocument
from cafe24.tokens.store import Stored, TokenStore


@dataclass(frozen=True, slots=True)
class Lease:
    """Our intent, as it stands in Vault.

    Attributes:
        version: the version that carries the intent; the fence of every later write.
        started_at: when it was written, by Vault's clock.
        taken_at: from before it was sent, by `boottime`: never later than Vault's.
        lease_s: seconds it lasts.
    """

    document: MallDocument
    intent: Intent
    version: int
    started_at: datetime
    taken_at: float
    lease_s: float

    @property
    def mall_id(self) -> MallId:
        """Whose token is about to be spent."""
        return MallId(self.document.mall_id)

    @property
    def is_over(self) -> bool:
        """Whether somebody else may hold the mall by now."""
        return boottime() > self.taken_at + self.lease_s

    def now(self) -> datetime:
        """Return the present in Vault's clock, counted from the lease's start."""
        return self.started_at + timedelta(seconds=boottime() - self.taken_at)


def take_lease(store: TokenStore, stored: Stored, parent: str, lease_s: float) -> Lease | None:
    """Write our intent over the version just read; None when somebody wrote first.

    The write proves at once that Vault can be written, before anything is spent.

    Raises:
        VaultAway: whether it was written is unknown; then the intent expires unused.
    """
    intent = Intent(
        owner=str(uuid.uuid4()),
        host=socket.gethostname(),
        pid=os.getpid(),
        generation=stored.document.generation,
        lease_s=lease_s,
        parent=parent,
    )
    document = stored.document.with_intent(intent, stored.read_at)
    taken_at = boottime()
    try:
        written = store.write_mall(document, cas=stored.version)
    except Conflict:
        return None
    except VaultAway:
        seen = store.mall(MallId(document.mall_id))
        if seen.document.intent != intent:
            raise
        return Lease(document, intent, seen.version, seen.written_at, taken_at, lease_s)
    return Lease(document, intent, written.number, written.written_at, taken_at, lease_s)
