"""Whether a mall's Admin API is where we think it is, asked without a token.

Cafe24 answers 401 to a call without one; that is an answer, and it is dated.
"""

from dataclasses import dataclass
from datetime import datetime

import httpx

from cafe24.api.answer import time_of
from cafe24.api.client import authorities
from cafe24.errors import Cafe24Away

TIMEOUT_S = 4.0
WITHOUT_TOKEN = 401


@dataclass(frozen=True, slots=True)
class Presence:
    """What answered at a mall's address.

    Attributes:
        answered_at: its own clock's time, aware UTC; None when it told none.
    """

    status: int
    is_admin_api: bool
    answered_at: datetime | None


def presence(url: str) -> Presence:
    """Ask a mall's address, without a token, so that no credential is at stake.

    Raises:
        Cafe24Away: no answer.
    """
    try:
        answer = httpx.get(
            f"{url}/api/v2/admin/products/count",
            timeout=TIMEOUT_S,
            trust_env=False,  # as the syncs ask: through no proxy
            verify=authorities(),
        )
    except httpx.HTTPError as failure:
        raise Cafe24Away(
            f"no answer ({type(failure).__name__})",
            "Check the network of this host and CAFE24_API_URL; no proxy is asked.",
        ) from None
    return Presence(answer.status_code, _is_admin_api(answer), time_of(answer))


def _is_admin_api(answer: httpx.Response) -> bool:
    if answer.status_code != WITHOUT_TOKEN:
        return False
    try:
        said = answer.json()
    except ValueError:
        return False
    return isinstance(said, dict) and "error" in said
