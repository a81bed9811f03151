"""What every sync came to: one row a run, kept from its start on."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Index, Text, func, insert, select, update
from sqlmodel import Field, SQLModel

from cafe24.database.columns import RawJson, UtcDateTime
from cafe24.database.engine import database_errors
from cafe24.malls import MallId
from cafe24.products.tables.catalog import Shop

Mode = Literal["full", "incremental"]
Outcome = Literal["synced", "mismatch", "braked", "failed", "interrupted", "running"]


class SyncRun(SQLModel, table=True):
    """One sync of one shop. Times are UTC.

    Attributes:
        outcome: `synced`; `mismatch` when the count disagrees; `braked` when it would
            have deleted too much; `failed`; `interrupted` when its process ended
            without a word; `running`.
        source: how many products the mall counted at the end.
        stored: how many are held at the end, tombstones left out.
        quarantined: how many records are set aside at the end.
        calls: to Cafe24; `wait_s` is how long of `wall_s` no call was made on purpose.
        reason: why this mode, and what else a person should know.
        unknown_fields: fields without a column and how often they came; kept in `raw`.
    """

    __tablename__ = "sync_run"
    __table_args__ = (Index("sync_run_mall", "mall_id", "shop_no", "started_at"),)

    id: int | None = Field(default=None, primary_key=True)
    mall_id: str = Field(max_length=63)
    shop_no: int
    mode: str | None = None
    outcome: str
    reason: str = Field(default="", sa_type=Text)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    source: int | None = None
    stored: int | None = None
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    missing: int = 0
    quarantined: int = 0
    duplicates: int = 0
    details: int = 0
    calls: int = 0
    rejected_429: int = 0
    wait_s: float = 0.0
    wall_s: float = 0.0
    unknown_fields: Any = Field(default=None, sa_type=RawJson, nullable=True)


RUN = SQLModel.metadata.tables["sync_run"]


@dataclass(slots=True)
class SyncReport:
    """How a sync went; the fields mean what they mean in `SyncRun`."""

    mall_id: MallId
    shop_no: int = 1
    mode: Mode = "full"
    outcome: Outcome = "running"
    source: int = 0
    stored: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    missing: int = 0
    quarantined: int = 0
    duplicates: int = 0
    details: int = 0
    calls: int = 0
    rejected_429: int = 0
    wait_s: float = 0.0
    wall_s: float = 0.0
    reason: str = ""
    unknown_fields: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, for `--json` and artifacts."""
        return asdict(self)

    def add_reason(self, text: str) -> None:
        """Add something a person should know."""
        self.reason = f"{self.reason}; {text}" if self.reason else text


def start_run(connection: Connection, shop: Shop, now: datetime) -> int:
    """Write the run's row and return its id; runs that ended without a word are marked so.

    Call it with the shop's lease in hand: whoever else still says `running` is dead.
    """
    stale = update(RUN).where(RUN.c.mall_id == shop.mall_id, RUN.c.shop_no == shop.shop_no)
    connection.execute(stale.where(RUN.c.outcome == "running").values(outcome="interrupted"))
    row = {"mall_id": shop.mall_id, "shop_no": shop.shop_no, "outcome": "running"}
    zeros = dict.fromkeys(_COUNTS, 0)
    started = connection.execute(insert(RUN).values(**row, **zeros, reason="", started_at=now))
    assert started.inserted_primary_key is not None
    run_id: int = started.inserted_primary_key[0]
    return run_id


def finish_run(connection: Connection, run_id: int, report: SyncReport, now: datetime) -> None:
    """Write what the run came to."""
    values = {**asdict(report), "finished_at": now}
    del values["mall_id"], values["shop_no"]
    connection.execute(update(RUN).where(RUN.c.id == run_id).values(**values))


def last_run(engine: Engine, shop: Shop) -> int | None:
    """Return the id of the shop's last finished run, or None before the first.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    query = select(func.max(RUN.c.id)).where(
        RUN.c.mall_id == shop.mall_id,
        RUN.c.shop_no == shop.shop_no,
        RUN.c.finished_at.is_not(None),
    )
    with database_errors(), engine.connect() as connection:
        found: int | None = connection.execute(query).scalar_one()
        return found


_COUNTS = (
    "new", "changed", "unchanged", "deleted", "missing", "quarantined", "duplicates",
    "details", "calls", "rejected_429", "wait_s", "wall_s",
)  # fmt: skip
