"""The tables of fan-outs: what was cut into shards, and what each shard came to. Times are UTC."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from cafe24.database.columns import RawJson, UtcDateTime

_TIME: Any = UtcDateTime
_JSON: Any = RawJson


class FanOut(SQLModel, table=True):
    """One flow's work for a fleet, cut into shards.

    Attributes:
        id: the id of the run that cut it.
        flow: its flow, such as `refresh-tokens`.
        open_shards: how many shards have not ended yet; who brings it to 0 reports.
        counts: malls by outcome, once all shards have ended.
    """

    __tablename__ = "fan_out"

    id: str = Field(primary_key=True, max_length=36)
    flow: str = Field(max_length=63)
    malls: int
    shards: int
    open_shards: int
    started_at: datetime = Field(sa_type=_TIME, index=True)
    finished_at: datetime | None = Field(default=None, sa_type=_TIME)
    counts: Any = Field(default=None, sa_type=_JSON, nullable=True)


class FanOutShard(SQLModel, table=True):
    """One shard of a fan-out.

    Attributes:
        mall_ids: its malls, in their order.
        malls: how many they are.
        spread_s: seconds over which the fleet is spread; 0: its malls begin with the run.
        attempts: how often a run began with it.
        run_id: the last run that did.
        counts: malls by outcome, of the last run that ended.
        failures: the malls that failed, each `{mall_id, reason}`; a rerun takes these alone.
    """

    __tablename__ = "fan_out_shard"

    fan_out_id: str = Field(primary_key=True, max_length=36, foreign_key="fan_out.id")
    shard_no: int = Field(primary_key=True)
    mall_ids: Any = Field(sa_type=_JSON)
    malls: int
    due_at: datetime = Field(sa_type=_TIME)
    spread_s: float = 0.0
    attempts: int = 0
    run_id: str | None = Field(default=None, max_length=36)
    started_at: datetime | None = Field(default=None, sa_type=_TIME)
    finished_at: datetime | None = Field(default=None, sa_type=_TIME)
    counts: Any = Field(default=None, sa_type=_JSON, nullable=True)
    failures: Any = Field(default=None, sa_type=_JSON, nullable=True)


FAN_OUT = SQLModel.metadata.tables["fan_out"]
SHARD = SQLModel.metadata.tables["fan_out_shard"]
