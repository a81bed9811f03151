"""Incoming webhooks answer as Slack's do."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Held = Callable[[], list[dict[str, Any]]]


def test_a_json_message_is_kept_whole(
    web: httpx.Client, slack: dict[str, Any], messages: Held
) -> None:
    sent = {
        "text": "hello",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*안녕*"}}],
        "metadata": {"event_type": "greeting", "event_payload": {"number": 7}},
    }
    answer = web.post(slack["webhook_url"], json=sent)
    assert (answer.status_code, answer.text) == (200, "ok")
    (kept,) = messages()
    assert {name: kept[name] for name in sent} == sent
    assert (kept["lane"], kept["channel_name"], kept["updated"]) == ("webhook", "alerts", None)


def test_a_form_payload_is_taken_too(
    web: httpx.Client, slack: dict[str, Any], messages: Held
) -> None:
    web.post(slack["webhook_url"], data={"payload": '{"text": "from a form"}'}).raise_for_status()
    web.post(slack["webhook_url"], files={"payload": (None, '{"text": "from parts"}')})
    assert [one["text"] for one in messages()] == ["from a form", "from parts"]


def test_the_second_webhook_posts_into_its_own_channel(
    web: httpx.Client, slack: dict[str, Any], messages: Held
) -> None:
    web.post(slack["fallback_webhook_url"], json={"text": "plan b"})
    assert [(m["lane"], m["channel_name"]) for m in messages()] == [("fallback", "alerts-fallback")]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("not json", "invalid_payload"),
        ("[1]", "invalid_payload"),
        ("{}", "no_text"),
        ('{"text": ""}', "no_text"),
        ('{"text": "' + "x" * 40_001 + '"}', "msg_too_long"),
        ('{"blocks": [{"type": "nonsense"}]}', "invalid_blocks"),
        ('{"blocks": "[{"}', "invalid_blocks_format"),
        ('{"text": "x", "metadata": {"event_type": 1}}', "invalid_metadata_format"),
        ('{"attachments": {"text": "x"}}', "invalid_attachments"),
    ],
)
def test_a_bad_message_is_refused_by_name_and_not_kept(
    web: httpx.Client, slack: dict[str, Any], messages: Held, body: str, error: str
) -> None:
    answer = web.post(slack["webhook_url"], content=body)
    assert (answer.status_code, answer.text) == (400, error)
    assert messages() == []


@pytest.mark.parametrize(
    ("state", "status", "error"),
    [
        ("dead", 404, "no_service"),
        ("archived", 410, "channel_is_archived"),
        ("prohibited", 403, "action_prohibited"),
    ],
)
def test_a_webhook_can_die_and_come_back(
    web: httpx.Client, slack: dict[str, Any], state: str, status: int, error: str
) -> None:
    web.post("/state", json={"webhook": state}).raise_for_status()
    refused = web.post(slack["webhook_url"], json={"text": "anybody?"})
    assert (refused.status_code, refused.text) == (status, error)
    assert web.post(slack["fallback_webhook_url"], json={"text": "here"}).text == "ok"
    web.post("/state", json={"webhook": "ok"})
    assert web.post(slack["webhook_url"], json={"text": "again"}).text == "ok"


@pytest.mark.parametrize(
    ("path", "error"),
    [("/services/T1/B1/x", "no_team"), ("/services/T00000000/B1/x", "no_service")],
)
def test_a_foreign_webhook_is_not_found(
    web: httpx.Client, slack: dict[str, Any], path: str, error: str
) -> None:
    answer = web.post(slack["url"] + path, json={"text": "x"})
    assert (answer.status_code, answer.text) == (404, error)
