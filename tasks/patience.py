"""When a step is tried again: only when the core says that the same call may work later."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from cafe24.errors import Retryable

LONGEST_WAIT_S = 60.0
"""Who must wait longer than this waits for the next run."""

PAUSES_S = (2.0, 4.0, 8.0)
JITTER = 0.5

T = TypeVar("T")


def may_work_later(_task: Any, _run: Any, state: Any) -> bool:
    """Tell whether a failed step is worth another try now."""
    return is_worth_a_try(state.data)


def is_worth_a_try(failure: Any) -> bool:
    """Tell whether what failed so may work in some seconds.

    A grant that may have been spent is never retryable: the core raises those
    errors only where it can prove that nothing was.
    """
    return isinstance(failure, Retryable) and (failure.retry_after_s or 0) <= LONGEST_WAIT_S


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Return what `work` answers, tried again as a step of its own would be.

    For the malls of a shard, which are no steps: Prefect would take longer for each than
    its work does. Raises what the last try raised.
    """
    for pause_s in PAUSES_S:
        try:
            return await work()
        except Retryable as failure:
            if not is_worth_a_try(failure):
                raise
            jitter = random.uniform(1, 1 + JITTER)  # noqa: S311 - no secret
            await asyncio.sleep(max(pause_s * jitter, failure.retry_after_s or 0))
    return await work()


PATIENTLY: Final[dict[str, Any]] = {
    "retries": len(PAUSES_S),
    "retry_delay_seconds": list(PAUSES_S),
    "retry_jitter_factor": JITTER,
    "retry_condition_fn": may_work_later,
}
"""A step's options: three more tries after 2, 4 and 8 seconds, give or take."""
