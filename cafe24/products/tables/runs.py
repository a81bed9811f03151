"""What every sync came to: one row a run, kept from its start on."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Index, Text, func, insert, select, update
from sqlmodel import Field, SQLModel

from cafe24.database.columns import RawJson, UtcDateTime
from cafe24.database.engine import database_errors
from cafe24.errors import CafeError, DeletionBraked, MallBusy
from cafe24.malls import MallId
from cafe24.products.tables.catalog import Shop

Mode = Literal["full", "incremental", "stock"]
Outcome = Literal["synced", "mismatch", "braked", "busy", "failed", "interrupted", "running"]


class SyncRun(SQLModel, table=True):
    """One sync of one shop. Times are UTC.

    Attributes:
        mode: `full`; `incremental`; `stock` when only the variants' stock was read.
            NULL when it ended before that was decided.
        outcome: `synced`; `mismatch` when the count disagrees; `braked` when it would
            have deleted too much; `busy` when another sync took the shop over;
            `failed`; `interrupted` when its process ended without a word; `running`.
        source: how many products the mall counted last; NULL when it never did.
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
    """How a sync goes, true at any moment; the fields mean what they mean in `SyncRun`.

    Attributes:
        reading: what is read now, such as `products`; empty before it begins.
        to_read: how many of them there are.
        read: how many of them are read and written.
    """

    mall_id: MallId
    shop_no: int = 1
    mode: Mode | None = None
    outcome: Outcome = "running"
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
    reason: str = ""
    unknown_fields: dict[str, int] = field(default_factory=dict)
    finished_at: datetime | None = None
    reading: str = ""
    to_read: int = 0
    read: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, for `--json` and artifacts."""
        return asdict(self)

    def add_reason(self, text: str) -> None:
        """Add something a person should know."""
        self.reason = f"{self.reason}; {text}" if self.reason else text

    def end_with(self, failure: BaseException) -> None:
        """Note that it ended early, why, and the next step."""
        self.outcome = _outcome_of(failure)
        self.add_reason(_said(failure).removeprefix(f"{self.mall_id}: "))

    @property
    def progress(self) -> str:
        """Where it is: `full, 1,200 of 20,000 products, 12 calls, 4 s waited`."""
        return (
            f"{self.mode}, {self.read:,} of {self.to_read:,} {self.reading}, "
            f"{self.calls:,} calls, {self.wait_s:.0f} s waited"
        )

    @property
    def trouble(self) -> str:
        """What a person should look at although the sync ended; empty when all is well.

        This decides for the command line and the flow alike. A failure speaks for itself.
        """
        if self.outcome == "mismatch":
            return "the count disagrees with the mall's"
        if self.quarantined:
            what = "1 record fits" if self.quarantined == 1 else f"{self.quarantined} records fit"
            return f"{what} no row: the table product_quarantine says why"
        return ""


def _outcome_of(failure: BaseException) -> Outcome:
    match failure:
        case DeletionBraked():
            return "braked"
        case MallBusy():
            return "busy"
        case Exception():
            return "failed"
    return "interrupted"


def _said(failure: BaseException) -> str:
    if isinstance(failure, CafeError):
        return str(failure)
    # A defect's own words may hold anything; its kind says where to look.
    return f"unforeseen {type(failure).__name__}" if isinstance(failure, Exception) else "stopped"


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


def finish_run(connection: Connection, run_id: int, report: SyncReport) -> None:
    """Write what the run came to."""
    told = asdict(report)
    values = {name: told[name] for name in RUN.columns.keys() & told.keys()}
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


def last_outcomes(engine: Engine, shop: Shop, limit: int) -> list[str]:
    """Return how the shop's last runs that counted ended, `synced` or `mismatch`, newest first.

    Raises:
        DatabaseAway, DatabaseUnusable: unknown.
    """
    query = (
        select(RUN.c.outcome)
        .where(RUN.c.mall_id == shop.mall_id, RUN.c.shop_no == shop.shop_no)
        .where(RUN.c.outcome.in_(("synced", "mismatch")), RUN.c.mode != "stock")
        .order_by(RUN.c.started_at.desc(), RUN.c.id.desc())
        .limit(limit)
    )
    with database_errors(), engine.connect() as connection:
        return list(connection.scalars(query))


_COUNTS = (
    "new", "changed", "unchanged", "deleted", "missing", "quarantined", "duplicates",
    "details", "calls", "rejected_429", "wait_s", "wall_s",
)  # fmt: skip
