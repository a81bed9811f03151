"""The steps of a fleet's work: cut it into shards, begin with one, end it, report as the last.

The run that cuts waits for no shard: it would hold a place that they need.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from anyio import to_thread
from prefect import State, task
from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Completed, Failed, Scheduled
from sqlalchemy import Engine

from blocks.loading import load
from blocks.prefect_api import prefect_errors
from blocks.token_vault import KEEPER, TokenVault
from cafe24.alerts.moments import shown
from cafe24.errors import CafeError
from cafe24.fleet.fan_out import (
    MOST_ATTEMPTS,
    Claim,
    Ended,
    Failure,
    FanOuts,
    FleetReport,
    Waiting,
)
from cafe24.fleet.shards import shards_of
from cafe24.malls import MallId
from cafe24.tokens.graded import stored_grades
from tasks.database import opened_database
from tasks.each_mall import Answer
from tasks.incidents import Record
from tasks.patience import PATIENTLY
from tasks.verdict import FAILED, counted, first_few, outcome_of

SPREAD = timedelta(hours=6)
"""Over how long a fleet is spread unless CAFE24_SPREAD says otherwise."""

AWAITING_TURN = "AwaitingTurn"
"""The state of a shard that has its time. By this name Prefect does not take it for late."""


async def fan_out(
    deployment: str,
    malls: Sequence[MallId],
    *,
    size: int,
    is_spread: bool,
    parameters: Mapping[str, Any],
) -> State[Any]:
    """Cut the malls into shards, start a run of the deployment for each, and say so.

    Tried again it starts those that have no run that lives: of a shard that ended, for the
    malls that failed.

    Args:
        deployment: of the shards' flow, as `flow/deployment`.
        malls: the fleet.
        size: malls a shard.
        is_spread: whether the shards are spread over CAFE24_SPREAD.
        parameters: what every shard's run is given besides `fan_out` and `shard`.
    """
    this = str(flow_run.id)
    shards = await cut_into_shards(this, malls, size=size, is_spread=is_spread)
    started = await start_shards(this, deployment, shards, parameters)
    if not shards:
        return Completed(message="Every shard has ended and no mall failed.")
    last = shown(max(shard.due_at for shard in shards))
    return Completed(
        message=f"{len(malls):,} malls: {started} of {len(shards)} shards started, "
        f"the last is due {last}; it reports for all."
    )


@task(name="cut into shards", **PATIENTLY)
async def cut_into_shards(
    this: str, malls: Sequence[MallId], *, size: int, is_spread: bool
) -> list[Waiting]:
    """Return the shards that a run should begin with; cut when it was not done before."""
    spread = await _spread() if is_spread else timedelta()
    flow = flow_run.flow_name

    def cut(engine: Engine) -> list[Waiting]:
        fan_outs = FanOuts(engine)
        if not fan_outs.exists(this):
            now = datetime.now(UTC)
            ends = {
                MallId(one.mall_id): one.expires_at
                for one in stored_grades(engine)
                if one.mall_id and one.expires_at
            }
            shards = shards_of(malls, ends, now, size=size, spread=spread)
            fan_outs.begin(this, flow, shards, now)
        return fan_outs.waiting(this)

    async with opened_database() as engine:
        return await to_thread.run_sync(cut, engine)


@task(name="start shards", **PATIENTLY)
async def start_shards(
    this: str, deployment: str, shards: Sequence[Waiting], parameters: Mapping[str, Any]
) -> int:
    """Start a run for each shard that has none; return how many were started."""
    started = 0
    with prefect_errors():
        async with get_client() as client:
            found = await client.read_deployment_by_name(deployment)
            for shard in shards:
                if await _lives(client, shard.run_id):
                    continue
                await client.create_flow_run_from_deployment(
                    found.id,
                    parameters={**parameters, "fan_out": this, "shard": shard.number},
                    state=Scheduled(name=AWAITING_TURN, scheduled_time=shard.due_at),
                    # So that a step that is tried again starts none twice.
                    idempotency_key=f"{this}-{shard.number}-{shard.attempts}",
                )
                started += 1
    return started


@task(name="begin the shard", **PATIENTLY)
async def begin_shard(fan_out: str, shard: int) -> Claim:
    """Return what this run has to do."""
    async with opened_database() as engine:
        return await to_thread.run_sync(
            FanOuts(engine).claim, fan_out, shard, str(flow_run.id), datetime.now(UTC)
        )


@task(name="end the shard", **PATIENTLY)
async def end_shard(claim: Claim, ended: Ended) -> FleetReport | None:
    """Write down what the shard came to; return the fleet's report when none is open."""
    async with opened_database() as engine:
        return await to_thread.run_sync(FanOuts(engine).end, claim, ended, datetime.now(UTC))


def given_up(claim: Claim) -> list[Answer[Any]]:
    """Return failures for all malls of a shard whose process died too often; else nothing."""
    if not claim.is_given_up:
        return []
    died = CafeError(
        f"The run of this mall's shard ended {MOST_ATTEMPTS} times without a word.",
        "Look at the worker's log and memory, then run the shard again.",
    )
    return [Answer(mall, error=died) for mall in claim.mall_ids]


def ended_with(answers: Sequence[Answer[Any]], record: Record) -> Ended:
    """Return what a shard's answers come to."""
    counts = Counter(outcome_of(answer, record) for answer in answers)
    troubled = {*record.new, *record.known}
    return Ended(
        counts,
        [
            Failure(answer.mall_id, outcome_of(answer, record), str(answer.error))
            for answer in answers
            if answer.mall_id in troubled
        ],
    )


def shard_verdict(ended: Ended, report: FleetReport | None) -> State[Any]:
    """Return a shard's last state: the last one speaks for the fleet.

    The others never fail for their malls: one run that failed is one message to Slack,
    and each mall's own trouble has an incident.
    """
    if report is None:
        said = counted(ended.counts) or "No mall was left to do"
        return Completed(message=f"{said}. The last shard reports for all.")
    said = f"{report.malls:,} malls in {report.shards} shards: {counted(report.counts)}."
    new = [(one.mall_id, one.reason) for one in report.failures if one.outcome == FAILED]
    return Failed(message=" ".join([said, *first_few(new)])) if new else Completed(message=said)


async def _spread() -> timedelta:
    spread_s = (await load(TokenVault, KEEPER)).spread_s
    return SPREAD if spread_s is None else timedelta(seconds=spread_s)


async def _lives(client: PrefectClient, run_id: str | None) -> bool:
    """Tell whether a shard's run is still under way."""
    if run_id is None:
        return False
    try:
        state = (await client.read_flow_run(UUID(run_id))).state
    except ObjectNotFound:
        return False
    return state is not None and not state.is_final()
