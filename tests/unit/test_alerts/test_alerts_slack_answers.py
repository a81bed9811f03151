"""Whatever Slack, its library or the network says becomes one of two errors of ours."""

import inspect
import pickle
from http.client import BadStatusLine, RemoteDisconnected
from typing import Any
from urllib.error import URLError

import pytest
import slack_sdk.errors
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.web import SlackResponse

from cafe24.alerts.slack_answers import judged, slack_errors
from cafe24.alerts.slack_sending import retry_handlers
from cafe24.errors import CafeError, SlackAway, SlackRefused

SECRET = "https://hooks.slack.com/services/T0/B0/INVENTED"


def judge(status: int, error: str, headers: dict[str, str] | None = None) -> CafeError:
    return judged(status, error, headers or {}, "webhook", "CAFE24_SLACK_WEBHOOK_URL")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, "rate_limited"),
        (500, "rollup_error"),
        (502, "<html>Bad gateway</html>"),
        (504, ""),
        (408, ""),
        (200, "internal_error"),
        (200, "fatal_error"),
        (200, "ratelimited"),
    ],
)
def test_trouble_that_passes_is_slack_away(status: int, error: str) -> None:
    assert isinstance(judge(status, error), SlackAway)


@pytest.mark.parametrize(
    ("status", "error", "cure"),
    [
        (404, "no_service", "CAFE24_SLACK_WEBHOOK_URL"),
        (404, "<html>Not found</html>", "CAFE24_SLACK_WEBHOOK_URL"),
        (410, "channel_is_archived", "Unarchive"),
        (403, "action_prohibited", "admin"),
        (403, "invalid_token", "new incoming webhook"),
        (400, "invalid_blocks", "documentation"),
        (200, "invalid_auth", "Reinstall"),
        (200, "token_revoked", "Reinstall"),
        (200, "account_inactive", "Reinstall"),
        (200, "channel_not_found", "CAFE24_SLACK_CHANNEL"),
        (200, "not_in_channel", "/invite"),
        (200, "<html>Sign in to the hotel's network</html>", "Check that"),
    ],
)
def test_a_refusal_names_the_error_and_the_cure(status: int, error: str, cure: str) -> None:
    refusal = judge(status, error)
    assert isinstance(refusal, SlackRefused)
    assert cure in refusal.next_step
    assert "<html>" not in str(refusal)


def test_the_wait_that_slack_asks_for_is_carried() -> None:
    away = judge(429, "rate_limited", {"Retry-After": "17"})
    assert isinstance(away, SlackAway)
    assert away.retry_after_s == 17
    unreadable = judge(429, "rate_limited", {"retry-after": "soon"})
    assert isinstance(unreadable, SlackAway)
    assert unreadable.retry_after_s is None


@pytest.mark.parametrize(
    "failure",
    [
        URLError(ConnectionRefusedError(111, SECRET)),
        TimeoutError(SECRET),
        ConnectionResetError(SECRET),
        RemoteDisconnected(SECRET),
        BadStatusLine(SECRET),
        ValueError(f"Invalid header value {SECRET}"),
        UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "invalid"),
    ],
)
def test_no_answer_is_slack_away_and_shows_no_address(failure: Exception) -> None:
    with pytest.raises(SlackAway) as away, slack_errors("webhook", "X"):
        raise failure
    assert "INVENTED" not in repr(away.value) + str(away.value)
    assert away.value.__suppress_context__
    assert "INVENTED" not in str(pickle.loads(pickle.dumps(away.value)))  # noqa: S301 - our own bytes


def library_errors() -> list[type[SlackClientError]]:
    found = inspect.getmembers(slack_sdk.errors, inspect.isclass)
    return [one for _, one in found if issubclass(one, SlackClientError)]


def test_the_library_has_the_errors_we_know_of() -> None:
    assert {one.__name__ for one in library_errors()} == {
        "BotUserAccessError",
        "SlackApiError",
        "SlackClientConfigurationError",
        "SlackClientError",
        "SlackClientNotConnectedError",
        "SlackObjectFormationError",
        "SlackRequestError",
        "SlackTokenRotationError",
    }


@pytest.mark.parametrize("kind", library_errors())
def test_every_error_of_the_library_becomes_ours(kind: type[SlackClientError]) -> None:
    failure = api_error(200, "token_revoked") if kind is SlackApiError else kind(SECRET)
    with pytest.raises((SlackAway, SlackRefused)) as ours, slack_errors("bot", "X"):
        raise failure
    assert "INVENTED" not in str(ours.value)


def api_error(status: int, error: str, headers: dict[str, str] | None = None) -> SlackApiError:
    response = SlackResponse(
        client=None,
        http_verb="POST",
        api_url=SECRET,
        req_args={},
        data={"ok": False, "error": error},
        headers=headers or {},
        status_code=status,
    )
    make: Any = SlackApiError
    failed: SlackApiError = make("The request to the Slack API failed.", response)
    return failed


@pytest.mark.parametrize(
    ("failure", "ours"),
    [
        (api_error(429, "ratelimited", {"Retry-After": "5"}), SlackAway),
        (api_error(503, "Received a response in a non-JSON format"), SlackAway),
        (api_error(200, "invalid_auth"), SlackRefused),
        (api_error(200, f"something with {SECRET}"), SlackRefused),
    ],
)
def test_an_api_error_is_judged_by_its_answer(
    failure: SlackApiError, ours: type[CafeError]
) -> None:
    with pytest.raises(ours) as raised, slack_errors("bot", "X"):
        raise failure
    assert "INVENTED" not in str(raised.value)


def is_retried(
    status: int, headers: dict[str, str | list[str]] | None = None, attempt: int = 0
) -> bool:
    state = RetryState(current_attempt=attempt)
    request = HttpRequest(method="POST", url=SECRET, headers={})
    response = HttpResponse(status_code=status, headers=headers or {})
    return any(
        one.can_retry(state=state, request=request, response=response) for one in retry_handlers()
    )


@pytest.mark.parametrize(
    ("status", "retry_after", "retried"),
    [
        (429, "1", True),
        (429, "30", True),
        (429, "31", False),
        (429, "soon", False),
        (429, None, True),
        (500, None, True),
        (502, None, True),
        (504, None, True),
        (404, None, False),
        (200, None, False),
    ],
)
def test_what_passes_soon_is_waited_out_and_nothing_else(
    status: int, retry_after: str | None, retried: bool
) -> None:
    headers: dict[str, str | list[str]] = {"Retry-After": [retry_after]} if retry_after else {}
    assert is_retried(status, headers) is retried


def test_a_message_is_tried_three_times() -> None:
    assert [is_retried(500, attempt=attempt) for attempt in range(3)] == [True, True, False]
