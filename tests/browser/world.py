"""What the tests act through: Prefect's API and Slack's channel."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from tests.waiting import first_true

PATIENCE_S = 300.0
"""On a starved machine a run takes minutes to begin; elsewhere nobody waits so long."""

POLL_S = 0.25
TRIES = 40
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """The stack as its users reach it; `urls` are what it said when it was ready."""

    urls: dict[str, str]
    http: httpx.Client

    def asked(self, method: str, path: str, body: Any = None) -> Any:
        """Ask Prefect, again while its SQLite is locked: 503, as all its clients do."""
        for _ in range(TRIES):
            answer = self.http.request(method, f"{self.urls['prefect']}/api{path}", json=body)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(POLL_S)
        return answer.raise_for_status().json() if answer.content else None

    def deployment(self, name: str) -> str:
        return str(self.asked("GET", f"/deployments/name/{name}")["id"])

    def ended(self, run_id: str) -> dict[str, Any]:
        """Return the run as soon as it is in a final state."""
        return self._run(run_id, FINAL)

    def paused(self, run_id: str, *, after: str = "") -> dict[str, Any]:
        """Return the run as soon as it waits for its form; not in the state with this id."""
        return self._run(run_id, {"PAUSED"}, after)

    def _run(self, run_id: str, states: set[str], after: str = "") -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            run: dict[str, Any] = self.asked("GET", f"/flow_runs/{run_id}")
            is_there = run["state_type"] in states and run["state_id"] != after
            return run if is_there else None

        return eventually(found)

    def newest_run(self, flow: str, **parameters: Any) -> str:
        """Return the id of the flow's newest run with these parameters, once there is one."""

        def found() -> str | None:
            body = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC"}
            runs = self.asked("POST", "/flow_runs/filter", body)
            fitting = (one for one in runs if parameters.items() <= one["parameters"].items())
            return next((str(one["id"]) for one in fitting), None)

        return eventually(found)

    def artifacts(self, key: str) -> list[dict[str, Any]]:
        """Return the artifacts of this key, the oldest first, once there is one."""
        body = {"artifacts": {"key": {"any_": [key]}}}

        def found() -> list[dict[str, Any]]:
            there = self.asked("POST", "/artifacts/filter", body)
            return sorted(there, key=lambda one: str(one["created"]))

        return eventually(found)

    def said(self, *words: str) -> list[str]:
        """Return what Slack shows with all these words, once there is something."""

        def found() -> list[str]:
            there = self.http.get(f"{self.urls['slack']}/__sandbox__/messages").json()["messages"]
            told = [f"{one['text']} {one['blocks']}" for one in there]
            return [one for one in told if all(word in one for word in words)]

        return eventually(found)


def eventually(found: Callable[[], T | None]) -> T:
    """Return the first true thing that `found` gives, or fail."""
    return first_true(found, PATIENCE_S)
