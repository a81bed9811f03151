"""When a step is tried again: only when the core says that the same call may work later."""

from typing import Any, Final

from prefect.tasks import exponential_backoff

from cafe24.errors import Retryable

LONGEST_WAIT_S = 60.0
"""Who must wait longer than this waits for the next run."""


def may_work_later(_task: Any, _run: Any, state: Any) -> bool:
    """Tell whether a failed step is worth another try now.

    A grant that may have been spent is never retryable: the core raises those
    errors only where it can prove that nothing was.
    """
    failure = state.data
    return isinstance(failure, Retryable) and (failure.retry_after_s or 0) <= LONGEST_WAIT_S


PATIENTLY: Final[dict[str, Any]] = {
    "retries": 3,
    "retry_delay_seconds": exponential_backoff(backoff_factor=2),
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": may_work_later,
}
"""A step's options: three more tries after 2, 4 and 8 seconds, give or take."""
