"""The Web API answers as Slack's does."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Call = Callable[..., dict[str, Any]]


def test_auth_test_says_whose_token_it_is(call: Call) -> None:
    answer = call("auth.test")
    assert answer["ok"] is True
    assert {"team_id", "user_id", "bot_id", "url", "user", "team"} <= set(answer)


@pytest.mark.parametrize(
    ("headers", "error"),
    [({}, "not_authed"), ({"authorization": "Bearer xoxb-another"}, "invalid_auth")],
)
def test_without_its_token_nothing_works(
    slack: dict[str, Any], headers: dict[str, str], error: str
) -> None:
    answer = httpx.post(f"{slack['api_url']}auth.test", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": error})


def test_a_token_in_a_form_counts_and_one_in_json_does_not(slack: dict[str, Any]) -> None:
    url, token = f"{slack['api_url']}auth.test", {"token": slack["bot_token"]}
    assert httpx.post(url, data=token).json()["ok"] is True
    assert httpx.post(url, json=token).json()["error"] == "not_authed"


def test_a_revoked_bot_is_told_so(web: httpx.Client, call: Call) -> None:
    web.post("/state", json={"bot": "revoked"})
    assert call("chat.postMessage", channel="alerts", text="x")["error"] == "token_revoked"


def test_a_channel_is_named_by_id_or_name_but_edited_by_id(
    slack: dict[str, Any], call: Call
) -> None:
    posted = [call("chat.postMessage", channel=name, text="x") for name in ("#alerts", "alerts")]
    assert {one["channel"] for one in posted} == {slack["channel"]}
    by_name = call("chat.update", channel="#alerts", ts=posted[0]["ts"], text="y")
    assert by_name["error"] == "channel_not_found"
    assert call("chat.postMessage", channel="C0NOWHERE", text="x")["error"] == "channel_not_found"


def test_an_update_replaces_the_message_and_keeps_its_metadata(
    slack: dict[str, Any], call: Call, messages: Callable[[], list[dict[str, Any]]]
) -> None:
    metadata = {"event_type": "incident", "event_payload": {"number": 3}}
    posted = call("chat.postMessage", channel="alerts", text="before", metadata=metadata)
    updated = call("chat.update", channel=slack["channel"], ts=posted["ts"], text="after")
    assert (updated["ok"], updated["text"]) == (True, "after")
    (kept,) = messages()
    assert (kept["text"], kept["metadata"]) == ("after", metadata)
    assert kept["updated"] is not None


def test_only_the_bots_own_messages_can_be_changed(
    web: httpx.Client,
    slack: dict[str, Any],
    call: Call,
    messages: Callable[[], list[dict[str, Any]]],
) -> None:
    web.post(slack["webhook_url"], json={"text": "by webhook"})
    ts = messages()[0]["ts"]
    at = {"channel": slack["channel"], "ts": ts}
    assert call("chat.update", **at, text="x")["error"] == "cant_update_message"
    assert call("chat.delete", **at)["error"] == "cant_delete_message"
    gone = call("chat.update", channel=slack["channel"], ts="1.000000", text="x")
    assert gone["error"] == "message_not_found"


def test_a_deleted_message_is_gone(slack: dict[str, Any], call: Call) -> None:
    posted = call("chat.postMessage", channel="alerts", text="x")
    assert call("chat.delete", channel=slack["channel"], ts=posted["ts"])["ok"] is True
    assert call("conversations.history", channel=slack["channel"])["messages"] == []


def test_bad_blocks_are_refused_with_their_place(call: Call) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    answer = call("chat.postMessage", channel="alerts", text="x", blocks=[header])
    place = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert answer == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [place],
        "response_metadata": {"messages": [f"[ERROR] {place}"]},
    }


def test_blocks_and_metadata_may_come_as_text_in_a_form(
    web: httpx.Client, slack: dict[str, Any]
) -> None:
    form = {
        "channel": slack["channel"],
        "text": "x",
        "blocks": '[{"type": "divider"}]',
        "metadata": '{"event_type": "a", "event_payload": {}}',
    }
    message = web.post(f"{slack['api_url']}chat.postMessage", data=form).json()["message"]
    assert message["blocks"] == [{"type": "divider"}]
    assert message["metadata"] == {"event_type": "a", "event_payload": {}}


def test_history_is_newest_first_in_pages_with_metadata_when_asked(
    slack: dict[str, Any], call: Call
) -> None:
    for number in range(5):
        metadata = {"event_type": "n", "event_payload": {"number": number}}
        call("chat.postMessage", channel="alerts", text=str(number), metadata=metadata)
    seen: list[int] = []
    cursor = ""
    while cursor or not seen:
        page = call(
            "conversations.history",
            channel=slack["channel"],
            limit=2,
            cursor=cursor,
            include_all_metadata=True,
        )
        seen += [one["metadata"]["event_payload"]["number"] for one in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]
    assert seen == [4, 3, 2, 1, 0]
    bare = call("conversations.history", channel=slack["channel"], limit=1)["messages"][0]
    assert bare["metadata"] == {"event_type": "n"}


def test_history_begins_after_oldest(slack: dict[str, Any], call: Call) -> None:
    first, second = (call("chat.postMessage", channel="alerts", text=t) for t in "ab")
    at = {"channel": slack["channel"], "oldest": first["ts"]}
    assert [m["ts"] for m in call("conversations.history", **at)["messages"]] == [second["ts"]]
    assert len(call("conversations.history", **at, inclusive=True)["messages"]) == 2
    wrong = call("conversations.history", channel=slack["channel"], oldest="yesterday")
    assert wrong["error"] == "invalid_ts_oldest"


def test_a_reply_stays_in_its_thread_unless_it_is_broadcast(
    slack: dict[str, Any], call: Call
) -> None:
    root = call("chat.postMessage", channel="alerts", text="root")["ts"]
    for text, broadcast in (("quiet", False), ("loud", True)):
        call(
            "chat.postMessage",
            channel="alerts",
            text=text,
            thread_ts=root,
            reply_broadcast=broadcast,
        )
    shown = call("conversations.history", channel=slack["channel"])["messages"]
    assert [one["text"] for one in shown] == ["loud", "root"]
    thread = call("conversations.replies", channel=slack["channel"], ts=root)["messages"]
    assert [one["text"] for one in thread] == ["root", "quiet", "loud"]


def test_channels_are_listed_and_described(slack: dict[str, Any], call: Call) -> None:
    names = [one["name"] for one in call("conversations.list")["channels"]]
    assert names == ["alerts", "alerts-fallback"]
    info = call("conversations.info", channel=slack["channel"])["channel"]
    assert (info["name"], info["is_archived"]) == ("alerts", False)


def test_an_archived_channel_takes_nothing(
    web: httpx.Client, slack: dict[str, Any], call: Call
) -> None:
    web.post("/state", json={"channel": "archived"})
    assert call("chat.postMessage", channel="alerts", text="x")["error"] == "is_archived"
    assert web.post(slack["webhook_url"], json={"text": "x"}).status_code == 410


def test_no_body_at_all_is_no_bad_json(web: httpx.Client, slack: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    assert web.post(f"{slack['api_url']}auth.test", headers=headers).json()["ok"] is True


def test_an_unknown_method_and_unreadable_json_are_named(
    web: httpx.Client, slack: dict[str, Any], call: Call
) -> None:
    assert call("chat.whisper") == {
        "ok": False,
        "error": "unknown_method",
        "req_method": "chat.whisper",
    }
    json_type = {"content-type": "application/json"}
    for body, error in {"{": "invalid_json", "[]": "json_not_object"}.items():
        answer = web.post(f"{slack['api_url']}auth.test", content=body, headers=json_type)
        assert answer.json() == {"ok": False, "error": error}
