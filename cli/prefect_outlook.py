"""What Prefect plans and whether anybody is there to do it, asked without importing it.

`manage.py status` must work when Prefect is down, and not wait for its import.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from cafe24.errors import PrefectAway

TIMEOUT_S = 3.0
POOL = "cafe24"
START_WORKER = (
    f"Start one: PREFECT_WORKER_QUERY_SECONDS=1 .venv/bin/prefect worker start --pool {POOL}"
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What Prefect says of the near future.

    Attributes:
        next_refresh_at: when `refresh-tokens/weekly` is planned next.
        has_worker: whether a worker polls our pool.
    """

    next_refresh_at: datetime | None
    has_worker: bool


def outlook() -> Outlook | None:
    """Ask the API of PREFECT_API_URL; None when it is not set.

    Raises:
        PrefectAway: it does not answer as Prefect's API does.
    """
    api_url = os.environ.get("PREFECT_API_URL")
    if not api_url:
        return None
    user, _, password = os.environ.get("PREFECT_API_AUTH_STRING", "").partition(":")
    auth = (user, password) if user else None
    try:
        with httpx.Client(base_url=api_url, auth=auth, timeout=TIMEOUT_S) as prefect:
            return Outlook(_next_run_at(prefect, "refresh-tokens", "weekly"), _has_worker(prefect))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError) as failure:
        raise PrefectAway(
            f"Prefect's API does not answer ({type(failure).__name__}).",
            "Start it (.venv/bin/prefect server start) or correct PREFECT_API_URL.",
        ) from None


def _next_run_at(prefect: httpx.Client, flow: str, deployment: str) -> datetime | None:
    body = {
        "flows": {"name": {"any_": [flow]}},
        "deployments": {"name": {"any_": [deployment]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "sort": "EXPECTED_START_TIME_ASC",
        "limit": 1,
    }
    runs = prefect.post("/flow_runs/filter", json=body).raise_for_status().json()
    return datetime.fromisoformat(runs[0]["expected_start_time"]) if runs else None


def _has_worker(prefect: httpx.Client) -> bool:
    pool = prefect.get(f"/work_pools/{POOL}")
    found: dict[str, Any] = pool.json() if pool.is_success else {}
    return found.get("status") == "READY"
