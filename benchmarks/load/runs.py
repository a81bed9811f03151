"""Starts a flow for the whole fleet, waits for its fan-out, and reads both accounts of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from sqlalchemy import Engine, Row, text

from benchmarks.load.figures import ShardTimes
from cafe24.errors import PrefectRefused
from demo.prefect_runs import FINAL, PrefectRuns

POLL_S = 0.5

Order = tuple[str, Mapping[str, Any]]
"""A deployment and its run's parameters."""

_ACCOUNT = text("SELECT malls, shards, finished_at, counts FROM fan_out WHERE id = :id")
_SHARDS = text(
    "SELECT shard_no, malls, due_at, started_at, finished_at, run_id, failures"
    " FROM fan_out_shard WHERE fan_out_id = :id ORDER BY shard_no"
)


@dataclass(frozen=True, slots=True)
class FanOut:
    """What a fan-out came to; or a run that did the whole fleet's work itself, without shards.

    Attributes:
        started_at: when the parent was asked for.
        counts: malls by outcome.
        failures: `{mall_id, outcome, reason}` of each that failed.
        shards: what each shard took.
    """

    started_at: datetime
    finished_at: datetime
    malls: int
    counts: Mapping[str, int]
    failures: Sequence[Mapping[str, str]]
    shards: Sequence[ShardTimes]

    @property
    def seconds(self) -> float:
        """From the order to the end of the last shard."""
        return (self.finished_at - self.started_at).total_seconds()


class Runs:
    """The runs of the fleet's deployments."""

    def __init__(self, client: SyncPrefectClient, engine: Engine) -> None:
        self._client = client
        self._runs = PrefectRuns(client)
        self._engine = engine

    def carry_out(self, order: Order, malls: int, within_s: float) -> FanOut:
        """Start a deployment for all malls and wait until every shard is told of.

        Raises:
            PrefectRefused: the parent failed, or it took too long.
        """
        until = time.monotonic() + within_s
        started_at = datetime.now(UTC)
        deployment, parameters = order
        parent = self._runs.start(deployment, **parameters)
        while (run := self._runs.look(parent)).state not in FINAL:
            _wait(until, f"{deployment} has not ended")
        if run.state != "COMPLETED":
            raise PrefectRefused(
                f"{deployment} is {run.state.lower()}: {run.message}", "See its logs in the world."
            )
        account = self._account(parent)
        if account is None:
            ended_at = self._client.read_flow_run(parent).end_time
            assert ended_at is not None
            return FanOut(started_at, ended_at, malls, {run.message: malls}, (), ())
        while account.finished_at is None:
            _wait(until, f"{deployment} has shards that did not end")
            account = self._account(parent) or account
        rows = self._shards(parent)
        return FanOut(
            started_at=started_at,
            finished_at=account.finished_at,
            malls=account.malls,
            counts=account.counts or {},
            failures=[one for row in rows for one in row.failures or ()],
            shards=[self._times(row, until) for row in rows],
        )

    def _account(self, parent: UUID) -> Row[Any] | None:
        with self._engine.connect() as connection:
            return connection.execute(_ACCOUNT, {"id": str(parent)}).first()

    def _shards(self, parent: UUID) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(_SHARDS, {"id": str(parent)}).all()

    def _times(self, shard: Row[Any], until: float) -> ShardTimes:
        run_id = UUID(shard.run_id)
        while (run := self._client.read_flow_run(run_id)).state_type not in _ENDED:
            _wait(until, f"the run of shard {shard.shard_no} has not ended")
        states = self._client.read_flow_run_states(run_id)
        taken = [one.timestamp for one in states if one.type == StateType.PENDING]
        assert run.end_time is not None
        return ShardTimes(
            due=shard.due_at.timestamp(),
            taken=min(taken).timestamp(),
            begun=shard.started_at.timestamp(),
            ended=shard.finished_at.timestamp(),
            gone=run.end_time.timestamp(),
        )


_ENDED = frozenset({StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED})


def _wait(until: float, what: str) -> None:
    if time.monotonic() > until:
        raise PrefectRefused(f"Time is up: {what}.", "Give more by --patience.")
    time.sleep(POLL_S)
