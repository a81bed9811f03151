"""Judges what Slack answered: the one border between its errors and ours.

No answer is quoted beyond Slack's own short error names, and no address, because
a webhook's address is its password.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from cafe24.errors import CafeError, SlackAway, SlackRefused

OK = 200
TIMED_OUT = 408
RATE_LIMITED = 429
SERVER_FAULT = 500

_AWAY = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
    }
)
_ERROR_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")

_NEW_WEBHOOK = "Make a new incoming webhook in Slack and set {setting}."
_NEW_TOKEN = "Reinstall the Slack app and set {setting} to its new bot token."  # noqa: S105 - a sentence
CHECK_CHANNEL = "Check CAFE24_SLACK_CHANNEL, and /invite the app into that channel."
_UNARCHIVE = "Unarchive the channel in Slack, or choose another one."
_NEXT_STEPS = {
    "account_inactive": _NEW_TOKEN,
    "action_prohibited": "A workspace setting forbids posting there: ask its admin.",
    "channel_is_archived": _UNARCHIVE,
    "channel_not_found": CHECK_CHANNEL,
    "invalid_auth": _NEW_TOKEN,
    "invalid_token": _NEW_WEBHOOK,
    "is_archived": _UNARCHIVE,
    "missing_scope": "Give the Slack app the scopes chat:write and channels:history, and "
    "reinstall it.",
    "no_service": _NEW_WEBHOOK,
    "no_team": _NEW_WEBHOOK,
    "not_authed": _NEW_TOKEN,
    "not_in_channel": CHECK_CHANNEL,
    "token_expired": _NEW_TOKEN,
    "token_revoked": _NEW_TOKEN,
}
_UNKNOWN_STEP = "Look the error up in Slack's documentation, or set {setting} anew."
_FOREIGN = "an answer that is not Slack's"
_FOREIGN_STEP = "Check that {setting} is what Slack shows for the app."
_LATER = "Nothing is lost: the next run of send-alert tries again."


@contextlib.contextmanager
def slack_errors(name: str, setting: str) -> Iterator[None]:
    """Raise ours for what the Slack library and the network raise.

    Raises:
        SlackAway: no answer, 429 or 5xx.
        SlackRefused: Slack said no.
    """
    try:
        yield
    except SlackApiError as refusal:
        response: Any = refusal.response
        error = str(response.get("error") or "")
        raise judged(response.status_code, error, response.headers, name, setting) from None
    except (SlackClientError, HTTPException, OSError, ValueError) as failure:
        kind = type(getattr(failure, "reason", None) or failure).__name__
        raise SlackAway(f"The Slack {name} gave no answer ({kind}).", _LATER) from None


def judged(
    status: int, error: str, headers: Mapping[str, Any], name: str, setting: str
) -> CafeError:
    """Return what an answer that is not `ok` means."""
    is_slack = _ERROR_NAME.fullmatch(error) is not None
    told = error if is_slack else _FOREIGN
    if status in {TIMED_OUT, RATE_LIMITED} or status >= SERVER_FAULT or error in _AWAY:
        answered = f"The Slack {name} answered {status} ({told})."
        return SlackAway(answered, _LATER, _retry_after_s(headers))
    step = _NEXT_STEPS.get(error, _UNKNOWN_STEP) if is_slack else _FOREIGN_STEP
    refused = f"The Slack {name} refused the message: {status}, {told}."
    return SlackRefused(refused, step.format(setting=setting))


def _retry_after_s(headers: Mapping[str, Any]) -> float | None:
    for key, value in headers.items():
        if key.lower() == "retry-after" and str(value).isdecimal():
            return float(value)
    return None
