"""How far each shop is synced, and which run may write there: one row a shop.

The row is the run's lease. Every write moves it in the same transaction, so a run
that lost its lease cannot write, and one that was killed left no page half done.
"""

import os
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel

from cafe24.database.columns import RawJson, UtcDateTime
from cafe24.errors import MallBusy
from cafe24.products.tables.catalog import Shop, ShopRecord

LEASE = timedelta(minutes=2)
"""How long a lease outlives its holder's last sign of life."""

_COMMIT_WITHOUT_WAITING = func.set_config("synchronous_commit", "off", True)  # noqa: FBT003 - SQL
"""Lets PostgreSQL's disk catch up behind this transaction's commit, as SQLite's does in WAL mode.

What a crash of the server takes back is whole transactions, the last ones, each with the
cursor that goes with its rows: the next run reads them again. The run's last line waits.
"""

Positions = list[tuple[int, int | None]]
"""Ranges of product_no still to be read: after the first number, up to the second."""


class SyncCursor(ShopRecord, table=True):
    """How far a shop is synced. Times of Cafe24's are by its own clock, UTC.

    Attributes:
        owner: the run that may write, as host:pid:random; NULL when none does.
        synced_until: changes before this time of Cafe24's are here.
        full_at: when the last full read ended.
        wants_full: why the next run must read everything; NULL when it need not.
        unread: ranges of an unfinished full read, `[[after, up to], ...]`.
        unread_since: Cafe24's time when that read began.
        read_count: records that read has seen.
    """

    __tablename__ = "sync_cursor"

    owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    synced_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    full_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    wants_full: str | None = None
    unread: Any = Field(default=None, sa_type=RawJson, nullable=True)
    unread_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_count: int = 0


CURSOR = SQLModel.metadata.tables["sync_cursor"]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A full read that was interrupted."""

    positions: Positions
    since: datetime
    read_count: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a shop was synced when the lease was taken."""

    synced_until: datetime | None = None
    full_at: datetime | None = None
    wants_full: str | None = None
    unfinished: Unfinished | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one run to write a shop's rows."""

    shop: Shop
    owner: str

    def hold(self, connection: Connection, now: datetime, **cursor: Any) -> None:
        """Move the lease on, and the cursor's columns with it.

        Call it first in a transaction: it locks the row, and nobody else writes
        until the transaction ends.

        Raises:
            MallBusy: another run has taken the shop over.
        """
        mine = update(CURSOR).where(*_of(self.shop), CURSOR.c.owner == self.owner)
        move = mine.values(lease_until=now + LEASE, **cursor)
        if connection.dialect.name == "postgresql":
            move = move.returning(_COMMIT_WITHOUT_WAITING)
        moved = connection.execute(move)
        if moved.rowcount == 0:
            raise MallBusy(f"{_name(self.shop)} was taken over by another sync; this one stops.")

    def release(self, connection: Connection) -> None:
        """Let the next run in. Harmless when the lease is lost."""
        mine = update(CURSOR).where(*_of(self.shop), CURSOR.c.owner == self.owner)
        connection.execute(mine.values(owner=None, lease_until=None))


def take_lease(connection: Connection, shop: Shop, now: datetime) -> tuple[Lease, Progress]:
    """Take the shop's lease and return it with the progress so far.

    A lease that ran out is taken over, and at once that of a process of this host
    that is no more.

    Raises:
        MallBusy: another run holds it.
    """
    _ensure_row(connection, shop)
    row = connection.execute(select(CURSOR).where(*_of(shop)).with_for_update()).one()
    if row.owner and row.lease_until > now and not _is_dead(row.owner):
        raise MallBusy(
            f"{_name(shop)} is being synced by {row.owner.rsplit(':', 1)[0]}.",
            "Run it again when that one has ended.",
            retry_after_s=(row.lease_until - now).total_seconds(),
        )
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    taken = update(CURSOR).where(*_of(shop)).values(owner=owner, lease_until=now + LEASE)
    connection.execute(taken)
    return Lease(shop, owner), _progress(row)


def _progress(row: Any) -> Progress:
    unfinished = None
    if row.unread is not None and row.unread_since is not None:
        positions = [(after, up_to) for after, up_to in row.unread]
        unfinished = Unfinished(positions, row.unread_since, row.read_count)
    return Progress(row.synced_until, row.full_at, row.wants_full, unfinished)


def _ensure_row(connection: Connection, shop: Shop) -> None:
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = {"mall_id": shop.mall_id, "shop_no": shop.shop_no, "read_count": 0}
    connection.execute(kind.insert(CURSOR).values(row).on_conflict_do_nothing())


def _is_dead(owner: str) -> bool:
    """Tell whether the owner was a process of this host that has ended."""
    host, pid, _ = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _of(shop: Shop) -> tuple[Any, Any]:
    return CURSOR.c.mall_id == shop.mall_id, CURSOR.c.shop_no == shop.shop_no


def _name(shop: Shop) -> str:
    return shop.mall_id if shop.shop_no == 1 else f"{shop.mall_id} shop {shop.shop_no}"
