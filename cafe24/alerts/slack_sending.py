"""How slack-sdk is told to send: how long it tries, and that it keeps silent."""

import logging

from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)

TIMEOUT_S = 10
RETRIES = 2
LONGEST_WAIT_S = 30
SERVER_FAULT = 500


def rate_limit_handlers() -> list[RetryHandler]:
    """Return the handler for rate limits: the one failure that proves nothing was taken."""
    return [_ShortRateLimits(max_retry_count=RETRIES)]


def retry_handlers() -> list[RetryHandler]:
    """Return handlers for rate limits, server errors and broken connections."""
    return [
        *rate_limit_handlers(),
        _EveryServerError(max_retry_count=RETRIES),
        ConnectionErrorRetryHandler(max_retry_count=RETRIES),
    ]


def silent_logger() -> logging.Logger:
    """Return a logger of nobody's: slack-sdk's own lines hold the address and the body."""
    return logging.Logger("slack_sdk.silent", logging.CRITICAL + 1)  # noqa: LOG001 - on purpose outside the tree


class _ShortRateLimits(RateLimitErrorRetryHandler):
    """Waits out a rate limit, unless it would hold the run for long."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        is_limited = super()._can_retry(
            state=state, request=request, response=response, error=error
        )
        return is_limited and response is not None and _wait_s(response) <= LONGEST_WAIT_S


class _EveryServerError(ServerErrorRetryHandler):
    """Retries all 5xx, where the library's own knows 500 and 503."""

    def _can_retry(
        self,
        *,
        state: RetryState,  # noqa: ARG002 - the library's signature
        request: HttpRequest,  # noqa: ARG002 - as above
        response: HttpResponse | None = None,
        error: Exception | None = None,  # noqa: ARG002 - as above
    ) -> bool:
        return response is not None and response.status_code >= SERVER_FAULT


def _wait_s(response: HttpResponse) -> float:
    """Return what the answer asks to wait; a wish that cannot be read is never waited for."""
    for name, values in response.headers.items():
        if name.lower() == "retry-after":
            text = str(values[0] if isinstance(values, list) else values)
            return float(text) if text.isdecimal() else float("inf")
    return 1
