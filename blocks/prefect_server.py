"""Whether the server at PREFECT_API_URL is one that we can set up."""

import re

import prefect
from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import get_current_settings

from cafe24.errors import PrefectRefused

_EXAMPLE = "http://127.0.0.1:4200/api"
_IN_MEMORY = "prefect.server.concurrency.lease_storage.memory"


def refuse_no_server() -> None:
    """Refuse Prefect's server of the moment, which would forget everything at our end.

    Raises:
        PrefectRefused: PREFECT_API_URL is not set.
    """
    if get_current_settings().api.url is None:
        raise PrefectRefused(
            "No Prefect server is set.",
            "Start one (.venv/bin/prefect server start) and set PREFECT_API_URL, such as "
            f"{_EXAMPLE}",
        )


def refuse_unfit_server(client: SyncPrefectClient) -> None:
    """Refuse what is not Prefect's API, or is of a version that does not know what we send.

    A server may be newer than its client within one major version, which is Prefect's own
    rule; of an older one Prefect only warns, and a field that it does not know then vanishes.

    Raises:
        PrefectRefused: another kind of server, or another version.
    """
    if client.server_type == ServerType.CLOUD:
        return
    ours = _version(prefect.__version__)
    try:
        said = str(client.api_version())
        theirs = _version(said)
    except ValueError:
        raise PrefectRefused(
            "What answers at PREFECT_API_URL is not Prefect's API.",
            f"Correct it; the address usually ends in /api, such as {_EXAMPLE}",
        ) from None
    if theirs[0] != ours[0] or theirs < ours:
        raise PrefectRefused(
            f"The Prefect server is of version {said}, this is {prefect.__version__}.",
            f'Start the server with Prefect {prefect.__version__} (pip install "prefect=='
            f'{prefect.__version__}"), then run again.',
        )


def forgets_leases(client: SyncPrefectClient) -> bool:
    """Tell whether the server keeps concurrency leases only as long as it lives."""
    if client.server_type == ServerType.CLOUD:
        return False
    server = client.request("GET", "/admin/settings").json().get("server", {})
    return bool(server.get("concurrency", {}).get("lease_storage") == _IN_MEMORY)


def _version(text: str) -> tuple[int, int]:
    """Return major and minor, such as (3, 8). Raises ValueError."""
    found = re.match(r"(\d+)\.(\d+)\.", text)
    if found is None:
        raise ValueError(text)
    return int(found[1]), int(found[2])
