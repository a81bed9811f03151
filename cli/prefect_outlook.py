"""What Prefect plans and whether anybody is there to do it, asked without importing it.

`manage.py status` must work when Prefect is down, and not wait for its import.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from cafe24.commands import START_WORKER
from cafe24.errors import PrefectAway, PrefectRefused

TIMEOUT_S = 3.0
POOL = "cafe24"
START_ONE = f"Start one: {START_WORKER}"
CORRECT = (
    "Start it (.venv/bin/prefect server start) or correct PREFECT_API_URL, such as "
    "http://127.0.0.1:4200/api."
)
_NOT_LET_IN = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Outlook:
    """What Prefect says of the near future.

    Attributes:
        next_refresh_at: when `refresh-tokens/weekly` is planned next.
        has_worker: whether a worker polls our pool.
        version: the server's, as it tells it; empty where it does not.
    """

    next_refresh_at: datetime | None
    has_worker: bool
    version: str


def prefect_url() -> str:
    """Return the API that we are told of; empty when we are not."""
    return os.environ.get("PREFECT_API_URL", "")


def outlook() -> Outlook | None:
    """Ask the API of PREFECT_API_URL; None when it is not set.

    Raises:
        PrefectAway: it does not answer as Prefect's API does.
        PrefectRefused: it does not let us in.
    """
    api_url = prefect_url()
    if not api_url:
        return None
    with _asking(), httpx.Client(base_url=api_url, timeout=TIMEOUT_S, **_sign_in()) as prefect:
        return Outlook(
            next_refresh_at=_next_run_at(prefect, "refresh-tokens", "weekly"),
            has_worker=_has_worker(prefect),
            version=_version(prefect),
        )


@contextlib.contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPStatusError as refusal:
        if refusal.response.status_code in _NOT_LET_IN:
            raise PrefectRefused(
                f"Prefect's API does not let us in ({refusal.response.status_code}).",
                "Set PREFECT_API_AUTH_STRING as its server has it; for Prefect Cloud, "
                "PREFECT_API_KEY.",
            ) from None
        raise _away(refusal) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError) as failure:
        raise _away(failure) from None


def _away(failure: Exception) -> PrefectAway:
    return PrefectAway(f"Prefect's API does not answer ({type(failure).__name__}).", CORRECT)


def _sign_in() -> dict[str, Any]:
    """Return what the client signs in with: Prefect's own two ways."""
    user, _, password = os.environ.get("PREFECT_API_AUTH_STRING", "").partition(":")
    if user:
        return {"auth": (user, password)}
    key = os.environ.get("PREFECT_API_KEY")
    return {"headers": {"Authorization": f"Bearer {key}"}} if key else {}


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


def _version(prefect: httpx.Client) -> str:
    told = prefect.get("/admin/version")
    return str(told.json()) if told.is_success else ""
