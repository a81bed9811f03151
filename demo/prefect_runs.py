"""Starts deployments and waits for their runs, as a person would from Prefect's UI."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from cafe24.errors import PrefectRefused

RUN_S = 120.0
POLL_S = 0.2
FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class Run:
    """A flow run as Prefect's API shows it."""

    id: UUID
    name: str
    state: str
    message: str
    seconds: float


class PrefectRuns:
    """Prefect's API over plain HTTP: the demo needs five of its calls."""

    def __init__(self, api_url: str) -> None:
        self._client = httpx.Client(base_url=api_url, timeout=30, trust_env=False)

    def start(self, deployment: str, **parameters: Any) -> UUID:
        """Start `flow/deployment` with parameters; return the run's id.

        Raises:
            PrefectRefused: there is no such deployment.
        """
        found = self._client.get(f"/deployments/name/{deployment}")
        if found.is_error:
            raise PrefectRefused(f"Prefect has no deployment {deployment}.", "Run: manage.py setup")
        created = self._client.post(
            f"/deployments/{found.json()['id']}/create_flow_run",
            json={"parameters": parameters, "state": {"type": "SCHEDULED"}},
        )
        created.raise_for_status()
        return UUID(created.json()["id"])

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
                    f"The run {run.name} is still {run.state}.", "Is a worker running?"
                )
            time.sleep(POLL_S)
            run = self.look(run_id)
        return run

    def look(self, run_id: UUID) -> Run:
        """Return the run as it stands."""
        body = self._client.get(f"/flow_runs/{run_id}").raise_for_status().json()
        state = body["state"] or {}
        return Run(
            run_id,
            body["name"],
            state.get("type", "PENDING"),
            state.get("message") or "",
            body["total_run_time"],
        )

    def runs_of(self, flow: str) -> list[Run]:
        """Return the runs of a flow, the newest first."""
        body = {
            "flows": {"name": {"any_": [flow]}},
            "flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}},
            "sort": "START_TIME_DESC",
        }
        found = self._client.post("/flow_runs/filter", json=body).raise_for_status().json()
        return [self.look(UUID(run["id"])) for run in found]

    def consent_link(self, run_id: UUID) -> str:
        """Return the consent link that a paused authorize-mall run shows."""
        body = {"artifacts": {"flow_run_id": {"any_": [str(run_id)]}}}
        found = self._client.post("/artifacts/filter", json=body).raise_for_status().json()
        links = [artifact["data"] for artifact in found if "oauth/authorize" in str(artifact)]
        text = str(links[-1])
        return text[text.index("](") + 2 : text.rindex(")")] if "](" in text else text

    def resume(self, run_id: UUID, **answers: Any) -> None:
        """Resume a paused run with what its form asked for."""
        answer = self._client.post(f"/flow_runs/{run_id}/resume", json={"run_input": answers})
        answer.raise_for_status()
