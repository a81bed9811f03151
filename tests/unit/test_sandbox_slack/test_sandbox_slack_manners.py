"""What a client may ask before it posts, and how the Web API says no."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Call = Callable[..., dict[str, Any]]


def test_an_unknown_method_is_named_before_any_token_is_asked_for(slack: dict[str, Any]) -> None:
    answer = httpx.post(f"{slack['api_url']}chat.whisper").json()
    assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.whisper")


def test_a_method_beyond_the_bots_scopes_says_what_it_needs(call: Call) -> None:
    answer = call("users.info", user="U00000000")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert "chat:write" in answer["provided"]


def test_api_test_fails_as_it_is_told(call: Call) -> None:
    assert call("api.test", a="b")["args"] == {"a": "b"}
    assert call("api.test", error="my_error") == {
        "ok": False,
        "error": "my_error",
        "args": {"error": "my_error"},
    }


def test_the_bot_is_in_both_channels_already(slack: dict[str, Any], call: Call) -> None:
    joined = call("conversations.join", channel=slack["channel"])
    assert joined["channel"]["is_member"] is True
    assert joined["response_metadata"]["warnings"][0] == "already_in_channel"
    assert call("conversations.join", channel="C0NOWHERE")["error"] == "channel_not_found"
    me = call("auth.test")["user_id"]
    assert call("conversations.members", channel=slack["channel"])["members"] == [me]
    assert call("users.conversations") == call("conversations.list")


def test_a_message_has_an_address(slack: dict[str, Any], call: Call) -> None:
    posted = call("chat.postMessage", channel="alerts", text="x")
    asked = {"channel": slack["channel"], "message_ts": posted["ts"]}
    link = call("chat.getPermalink", **asked)["permalink"]
    assert link.endswith(f"/archives/{slack['channel']}/p{posted['ts'].replace('.', '')}")
    missing = call("chat.getPermalink", channel=slack["channel"], message_ts="1.1")
    assert missing["error"] == "message_not_found"


def test_a_changed_message_takes_4000_bytes(slack: dict[str, Any], call: Call) -> None:
    posted = call("chat.postMessage", channel="alerts", text="x" * 4001)
    message = {"channel": slack["channel"], "ts": posted["ts"]}
    assert call("chat.update", **message, text="x" * 4000)["ok"] is True
    assert call("chat.update", **message, text="한" * 1334)["error"] == "msg_too_long"


@pytest.mark.parametrize(
    ("argument", "value", "error"),
    [
        ("limit", 0, "invalid_limit"),
        ("limit", -1, "invalid_limit"),
        ("limit", "many", "invalid_limit"),
        ("limit", [1], "invalid_limit"),
        ("cursor", "-1", "invalid_cursor"),
        ("latest", "nan", "invalid_ts_latest"),
    ],
)
def test_history_is_asked_for_in_numbers(
    slack: dict[str, Any], call: Call, argument: str, value: object, error: str
) -> None:
    asked = {"channel": slack["channel"], argument: value}
    assert call("conversations.history", **asked)["error"] == error


def test_a_number_beyond_all_floats_is_no_limit(web: httpx.Client, slack: dict[str, Any]) -> None:
    body = f'{{"channel": "{slack["channel"]}", "limit": 1e400}}'
    headers = {"content-type": "application/json"}
    answer = web.post(f"{slack['api_url']}conversations.history", content=body, headers=headers)
    assert answer.json()["error"] == "invalid_limit"


def test_a_thread_comes_in_pages_with_metadata_when_asked(
    slack: dict[str, Any], call: Call
) -> None:
    metadata = {"event_type": "n", "event_payload": {"number": 1}}
    root = call("chat.postMessage", channel="alerts", text="root", metadata=metadata)["ts"]
    call("chat.postMessage", channel="alerts", text="reply", thread_ts=root)
    asked = {"channel": slack["channel"], "ts": root}
    first = call("conversations.replies", **asked, limit=1, include_all_metadata=True)
    assert [one["metadata"] for one in first["messages"]] == [metadata]
    assert first["has_more"] is True
    cursor = first["response_metadata"]["next_cursor"]
    rest = call("conversations.replies", **asked, cursor=cursor)
    assert [one["text"] for one in rest["messages"]] == ["reply"]
