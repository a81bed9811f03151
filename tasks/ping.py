"""The step that tells somebody outside that the check still lives."""

import urllib.error
import urllib.request

from anyio import to_thread
from prefect import task
from prefect.logging import get_run_logger

from blocks.loading import load
from blocks.token_vault import MONITOR, TokenVault

TIMEOUT_S = 10


@task(name="ping")
async def ping() -> None:
    """Call the ping address, if there is one; a call that fails is said, not fatal.

    Whoever listens there raises the alarm when the call does not come.
    """
    url = (await load(TokenVault, MONITOR)).ping_url
    if url is None:
        return
    failure = await to_thread.run_sync(_failure, url.get_secret_value())
    if failure:
        get_run_logger().warning("The ping address did not answer well (%s).", failure)


def _failure(url: str) -> str | None:
    """Call the address; return what went wrong, without a word of the address."""
    try:
        # The settings let only https and loopback addresses in.
        with urllib.request.urlopen(url, timeout=TIMEOUT_S):  # noqa: S310
            return None
    except (urllib.error.URLError, OSError, ValueError) as failure:
        return type(failure).__name__
