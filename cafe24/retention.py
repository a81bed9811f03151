"""How long history is kept, and the end of what is older.

Only what grows for ever and is asked about for a while is pruned: field changes, the
lines of sync runs, and fan-outs. The rest stays:

- tombstones in product and product_variant: without them a product that comes back would
  look new, and no code, name or price of a deleted one could be found;
- product_quarantine: a line leaves by itself, once its record fits or is gone;
- token_grant: its highest generation is what shows that Vault was rolled back, and its
  lines say who lost a token; a mall's year is one for each daily sync, with keep-warm some
  thousands;
- incident and alert_message: few, and their numbers are what people refer to.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, Table, and_, delete, func, select, tuple_

from cafe24.database.engine import database_errors
from cafe24.fleet.tables import FAN_OUT, SHARD
from cafe24.products.tables.changes import CHANGE
from cafe24.products.tables.cursor import CURSOR
from cafe24.products.tables.runs import RUN

CHANGES_KEPT = timedelta(days=400)
"""A year can be compared with the one before."""

RUNS_KEPT = timedelta(days=90)

AT_ONCE = 1000
"""Rows a transaction: a sync that wants to write waits some milliseconds."""

Rest = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of history is kept; fan-outs as long as runs."""

    changes: timedelta = CHANGES_KEPT
    runs: timedelta = RUNS_KEPT


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of a table were older than its limit."""

    table: str
    older_than: datetime
    rows: int


def prune(
    engine: Engine,
    retention: Retention,
    now: datetime,
    *,
    is_rehearsal: bool = False,
    rest: Rest = time.sleep,
) -> list[Pruned]:
    """Delete what is older, some rows at a time; a rehearsal only counts.

    Each shop keeps its last run, and its last finished one, whatever their age: they say
    how it stands. What was deleted before a failure stays deleted.

    Args:
        engine: of the database.
        retention: how long what is kept.
        now: the time from which ages count, aware.
        is_rehearsal: delete nothing.
        rest: waits the seconds that it is given, while others write.

    Raises:
        DatabaseAway, DatabaseUnusable: not all is deleted; run it again.
    """
    changes_end, runs_end = now - retention.changes, now - retention.runs
    found = []
    for table, end, conditions in (
        (CHANGE, changes_end, _old_changes(engine, changes_end)),
        (RUN, runs_end, [_old_runs(runs_end)]),
        (SHARD, runs_end, [_shards_of_old_fan_outs(runs_end)]),
        (FAN_OUT, runs_end, [FAN_OUT.c.started_at < runs_end]),
    ):
        count = _count if is_rehearsal else _delete
        rows = sum(count(engine, table, condition, rest) for condition in conditions)
        found.append(Pruned(table.name, end, rows))
    return found


def _old_changes(engine: Engine, end: datetime) -> Iterator[ColumnElement[bool]]:
    """Yield a condition a mall, as the index on changes begins with it."""
    with database_errors(), engine.connect() as connection:
        malls = list(connection.execute(select(CURSOR.c.mall_id).distinct()).scalars())
    for mall in malls:
        yield and_(CHANGE.c.mall_id == mall, CHANGE.c.seen_at < end)


def _old_runs(end: datetime) -> ColumnElement[bool]:
    shop = RUN.c.mall_id, RUN.c.shop_no
    last = select(func.max(RUN.c.id)).group_by(*shop)
    finished = last.where(RUN.c.finished_at.is_not(None))
    return and_(RUN.c.started_at < end, RUN.c.id.not_in(last), RUN.c.id.not_in(finished))


def _shards_of_old_fan_outs(end: datetime) -> ColumnElement[bool]:
    return SHARD.c.fan_out_id.in_(select(FAN_OUT.c.id).where(FAN_OUT.c.started_at < end))


def _count(engine: Engine, _table: Table, condition: ColumnElement[bool], _rest: Rest) -> int:
    with database_errors(), engine.connect() as connection:
        return connection.execute(select(func.count()).where(condition)).scalar_one()


def _delete(engine: Engine, table: Table, condition: ColumnElement[bool], rest: Rest) -> int:
    """Delete in transactions of their own, and leave others as much time as each took."""
    key = list(table.primary_key)
    some = select(*key).where(condition).limit(AT_ONCE)
    deleted = 0
    while True:
        began = time.monotonic()
        with database_errors(), engine.begin() as connection:
            gone = connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount
        deleted += gone
        if gone < AT_ONCE:
            return deleted
        rest(time.monotonic() - began)
