"""Keeps the account of a fan-out: what it was cut into, who works, and who ends last.

Shards end on many hosts in any order. The one whose end brings the counter of open shards
to zero reports for all; the counter's row makes two that end at once wait for each other.
No two hosts' clocks are compared: times are for people.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update

from cafe24.database.engine import database_errors
from cafe24.database.version import check_version
from cafe24.errors import UsageError
from cafe24.fleet.shards import Shard, place_of
from cafe24.fleet.tables import FAN_OUT, SHARD
from cafe24.malls import MallId

MOST_ATTEMPTS = 3
"""A shard whose process died this often is given up, and its malls are told as failed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A shard that a run should begin with.

    Attributes:
        attempts: how often runs began with it.
        run_id: the last of them; None when none did.
    """

    number: int
    due_at: datetime
    attempts: int
    run_id: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A mall that failed: how it counts, and why."""

    mall_id: MallId
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a shard's run has to do, and its right to say what came of it.

    Attributes:
        mall_ids: its malls in their order; of a shard that ended before, those that failed.
        cut_at: when the fleet was cut.
        spread: over how long its malls begin, counted from then.
        attempt: which claim of this shard it is, from 1; the next one takes the right away.
        kept: outcomes of the shard's other malls, which ended well before.
        is_first: whether the shard has never ended.
    """

    fan_out: str
    shard: int
    mall_ids: tuple[MallId, ...]
    cut_at: datetime
    spread: timedelta
    attempt: int
    kept: Mapping[str, int] = field(default_factory=dict)
    is_first: bool = True

    @property
    def is_given_up(self) -> bool:
        """Whether its process died too often: it is to end with failures alone."""
        return self.is_first and self.attempt > MOST_ATTEMPTS

    def begins_at(self, mall: MallId) -> datetime:
        """Return when the mall may begin."""
        return self.cut_at + self.spread * place_of(mall)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a shard came to.

    Attributes:
        counts: outcomes of the malls that were claimed, the failed ones included.
        failures: those of them that failed.
    """

    counts: Mapping[str, int]
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, slots=True)
class FleetReport:
    """What a whole fan-out came to.

    Attributes:
        counts: malls by outcome.
        failures: the malls that failed.
        started_at: when it was cut.
        finished_at: when its last shard ended for the first time.
    """

    flow: str
    malls: int
    shards: int
    started_at: datetime
    finished_at: datetime
    counts: Mapping[str, int]
    failures: Sequence[Failure]


class FanOuts:
    """The fan-outs of every flow, in SQL.

    Every method raises DatabaseAway or DatabaseUnusable when it has read or written nothing;
    so also where the tables are older or newer than this code.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def exists(self, fan_out: str) -> bool:
        """Tell whether it was cut before: then the run that cut it is tried again."""
        with database_errors(), self._engine.connect() as connection:
            check_version(connection)
            query = select(FAN_OUT.c.id).where(FAN_OUT.c.id == fan_out)
            return connection.execute(query).first() is not None

    def begin(self, fan_out: str, flow: str, shards: Sequence[Shard], now: datetime) -> None:
        """Write down what a fleet was cut into: all of it, or nothing."""
        account = {
            "id": fan_out,
            "flow": flow,
            "malls": sum(len(shard.mall_ids) for shard in shards),
            "shards": len(shards),
            "open_shards": len(shards),
            "started_at": now,
        }
        rows = [
            {
                "fan_out_id": fan_out,
                "shard_no": shard.number,
                "mall_ids": list(shard.mall_ids),
                "malls": len(shard.mall_ids),
                "due_at": now + shard.due_after,
                "spread_s": shard.spread.total_seconds(),
                "attempts": 0,
            }
            for shard in shards
        ]
        with database_errors(), self._engine.begin() as connection:
            connection.execute(insert(FAN_OUT).values(account))
            connection.execute(insert(SHARD), rows)

    def waiting(self, fan_out: str) -> list[Waiting]:
        """Return the shards that have not ended, or in which malls failed, the first due first."""
        query = select(SHARD).where(SHARD.c.fan_out_id == fan_out)
        with database_errors(), self._engine.connect() as connection:
            return [
                Waiting(row.shard_no, row.due_at, row.attempts, row.run_id)
                for row in connection.execute(query.order_by(SHARD.c.due_at, SHARD.c.shard_no))
                if row.finished_at is None or row.failures
            ]

    def claim(self, fan_out: str, number: int, run_id: str, now: datetime) -> Claim:
        """Begin with a shard.

        Raises:
            UsageError: there is no such shard.
        """
        this = _is_shard(fan_out, number)
        begun = {"attempts": SHARD.c.attempts + 1, "run_id": run_id, "started_at": now}
        with database_errors(), self._engine.begin() as connection:
            check_version(connection)
            connection.execute(update(SHARD).where(this).values(begun))
            row = _shard(connection, fan_out, number)
            account = _fan_out(connection, fan_out)
        is_first = row.finished_at is None
        failures = () if is_first else row.failures
        malls = row.mall_ids if is_first else [one["mall_id"] for one in failures]
        return Claim(
            fan_out,
            number,
            tuple(map(MallId, malls)),
            account.started_at,
            timedelta(seconds=row.spread_s),
            row.attempts,
            kept=Counter(row.counts) - Counter(one["outcome"] for one in failures),
            is_first=is_first,
        )

    def end(self, claim: Claim, ended: Ended, now: datetime) -> FleetReport | None:
        """Write down what a shard came to; return the whole report when no shard is open.

        Said twice it counts once. Of a run that was taken for dead, whose shard another run
        has begun meanwhile, nothing is written: the other one tells.
        """
        this = _is_shard(claim.fan_out, claim.shard)
        told = {
            "counts": dict(Counter(claim.kept) + Counter(ended.counts)),
            "failures": [asdict(one) for one in ended.failures],
        }
        mine = update(SHARD).where(this, SHARD.c.attempts == claim.attempt).values(told)
        first = update(SHARD).where(this, SHARD.c.finished_at.is_(None)).values(finished_at=now)
        with database_errors(), self._engine.begin() as connection:
            if not connection.execute(mine).rowcount:
                return None
            if connection.execute(first).rowcount:
                _close_one(connection, claim.fan_out, now)
            return _report(connection, claim.fan_out)


def _is_shard(fan_out: str, number: int) -> ColumnElement[bool]:
    return (SHARD.c.fan_out_id == fan_out) & (SHARD.c.shard_no == number)


def _fan_out(connection: Connection, fan_out: str) -> Row[Any]:
    """Return the account; a shard has one by its foreign key."""
    return connection.execute(select(FAN_OUT).where(FAN_OUT.c.id == fan_out)).one()


def _shard(connection: Connection, fan_out: str, number: int) -> Row[Any]:
    row = connection.execute(select(SHARD).where(_is_shard(fan_out, number))).first()
    if row is None:
        raise UsageError(
            f"There is no shard {number} of the fan-out {fan_out}.",
            "Start the flow itself, which cuts the malls into shards; its shards need no start.",
        )
    return row


def _close_one(connection: Connection, fan_out: str, now: datetime) -> None:
    """Count one shard less; the row stays locked until the report is read."""
    whole = update(FAN_OUT).where(FAN_OUT.c.id == fan_out)
    connection.execute(whole.values(open_shards=FAN_OUT.c.open_shards - 1))
    connection.execute(whole.where(FAN_OUT.c.open_shards == 0).values(finished_at=now))


def _report(connection: Connection, fan_out: str) -> FleetReport | None:
    account = _fan_out(connection, fan_out)
    if account.open_shards:
        return None
    query = select(SHARD.c.counts, SHARD.c.failures).where(SHARD.c.fan_out_id == fan_out)
    counts: Counter[str] = Counter()
    failures: list[Failure] = []
    for shard in connection.execute(query.order_by(SHARD.c.shard_no)):
        counts += Counter(shard.counts)
        failures += [Failure(**one) for one in shard.failures]
    connection.execute(update(FAN_OUT).where(FAN_OUT.c.id == fan_out).values(counts=dict(counts)))
    return FleetReport(
        account.flow,
        account.malls,
        account.shards,
        account.started_at,
        account.finished_at,
        counts,
        failures,
    )
