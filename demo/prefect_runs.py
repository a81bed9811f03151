"""Starts deployments and waits for their runs, as a person would from Prefect's UI."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    DeploymentFilter,
    DeploymentFilterName,
    DeploymentFilterTags,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType, WorkPoolStatus

from cafe24.errors import PrefectRefused

RUN_S = 120.0
START_S = 30.0
POLL_S = 0.2
FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})

READY = WorkPoolStatus.READY
PLANNED = FlowRunFilter(
    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
)


@dataclass(frozen=True, slots=True)
class Run:
    """A flow run as Prefect's API shows it."""

    id: UUID
    name: str
    state: str
    message: str


class PrefectRuns:
    """The runs of our deployments."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self._client = client

    def start(self, deployment: str, **parameters: Any) -> UUID:
        """Start `flow/deployment` with parameters; return the run's id."""
        found = self._client.read_deployment_by_name(deployment)
        # With a key of its own, a start whose answer was lost is not a second run.
        run = self._client.create_flow_run_from_deployment(
            found.id, parameters=parameters, idempotency_key=str(uuid4())
        )
        return run.id

    def run(self, deployment: str, **parameters: Any) -> Run:
        """Start a deployment and wait for its run to end."""
        return self.wait(self.start(deployment, **parameters))

    def wait(self, run_id: UUID, states: frozenset[str] = FINAL) -> Run:
        """Wait until the run is in one of the states.

        Raises:
            PrefectRefused: it is not, within two minutes.
        """
        until = time.monotonic() + RUN_S
        run = self.look(run_id)
        while run.state not in states:
            if time.monotonic() > until:
                raise PrefectRefused(
                    f"The run {run.name} is still {run.state.lower()} after {RUN_S:.0f} s.",
                    "Does a worker poll the pool cafe24?",
                )
            time.sleep(POLL_S)
            run = self.look(run_id)
        return run

    def look(self, run_id: UUID) -> Run:
        """Return the run as it stands."""
        run = self._client.read_flow_run(run_id)
        state = run.state
        return Run(
            run_id,
            run.name,
            state.type.value if state else "PENDING",
            (state.message or "") if state else "",
        )

    def deployed(self) -> int:
        """Return how many deployments of ours there are."""
        tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=["cafe24"]))
        return len(self._client.read_deployments(deployment_filter=tagged))

    def wait_for_worker(self) -> bool:
        """Tell whether a worker polls our pool within half a minute."""
        return _came(lambda: self._client.read_work_pool("cafe24").status == READY)

    def wait_for_plans(self, deployments: Sequence[str]) -> list[str]:
        """Return those for which Prefect's scheduler plans no run within half a minute."""
        _came(lambda: all(self._is_planned(one) for one in deployments))
        return [one for one in deployments if not self._is_planned(one)]

    def _is_planned(self, deployment: str) -> bool:
        flow, name = deployment.split("/")
        planned = self._client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name])),
            flow_run_filter=PLANNED,
            limit=1,
        )
        return bool(planned)

    def consent_link(self, run_id: UUID) -> str:
        """Return the newest consent link that a paused authorize-mall run shows."""
        found = self._client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
        )
        newest = max(
            (one for one in found if "oauth/authorize" in str(one.data)),
            key=lambda one: str(one.created),
        )
        text = str(newest.data)
        return text[text.index("](") + 2 : text.rindex(")")]

    def resume(self, run_id: UUID, **answers: Any) -> None:
        """Resume a paused run with what its form asked for."""
        self._client.resume_flow_run(run_id, run_input=answers)


def _came(found: Callable[[], bool]) -> bool:
    """Tell whether something is so within half a minute."""
    until = time.monotonic() + START_S
    while not found():
        if time.monotonic() > until:
            return False
        time.sleep(POLL_S)
    return True
