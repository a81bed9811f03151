"""Alerts reach the sandbox Slack over real HTTP, whatever it does to them."""

import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient, WebhookClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cafe24.alerts import outbox_lines
from cafe24.alerts.channel import SlackChannel
from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.incidents import close, open_incidents, open_or_touch
from cafe24.alerts.languages import texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.outbox import DrainReport, drain
from cafe24.alerts.slack import slack_channels
from cafe24.alerts.slack_grade import refusals
from cafe24.alerts.slack_webhook import WebhookChannel
from cafe24.alerts.tables import AlertGrade, AlertMessage, IncidentKind
from cafe24.database.engine import open_engine
from cafe24.errors import DatabaseAway, SlackAway, SlackRefused
from cafe24.malls import mall_id
from cafe24.tokens.graded import stored_grades
from tasks.alerts import told

HOUR = timedelta(hours=1)


@dataclass
class Operation:
    """An outbox, the sandbox Slack it is drained into, and what both came to."""

    engine: Engine
    slack: dict[str, Any]
    web: httpx.Client
    uses_bot: bool = False
    has_fallback: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def channels(self) -> tuple[SlackChannel, ...]:
        return slack_channels(
            webhook_url=self.slack["webhook_url"],
            fallback_webhook_url=self.slack["fallback_webhook_url"] if self.has_fallback else None,
            bot_token=self.slack["bot_token"] if self.uses_bot else None,
            channel=self.slack["channel"] if self.uses_bot else None,
        )

    def finds(self, mall: str = "samplemall", grade: AlertGrade = AlertGrade.warning) -> None:
        known = mall_id(mall)
        found = Finding(mall_subject(known), IncidentKind.reauthorize, grade, known)
        open_or_touch(self.engine, found, self.now)

    def cures(self, mall: str = "samplemall") -> None:
        assert close(self.engine, f"mall:{mall}", [IncidentKind.reauthorize], self.now)

    def drains(self) -> DrainReport:
        writer = Writer(texts("en"))
        return drain(self.engine, self.channels(), writer, self.now, pause=lambda _s: None)

    def tells(self) -> DrainReport:
        """Drain as send-alert does: it notices a dead channel, and that it lives again."""
        return told(self.engine, self.channels(), Writer(texts("en")), None)

    def open_kinds(self) -> list[str]:
        return [one.kind for one in open_incidents(self.engine)]

    def orders(self, **fault: Any) -> None:
        self.web.post("/faults", json=fault).raise_for_status()

    def sets(self, **state: str) -> None:
        self.web.post("/state", json=state).raise_for_status()

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.web.get("/messages").json()["messages"]
        return found

    def statuses(self) -> list[int]:
        return [one["status"] for one in self.web.get("/requests").json()["requests"]]

    def lines(self) -> list[AlertMessage]:
        with Session(self.engine) as session:
            return list(session.exec(select(AlertMessage).order_by(col(AlertMessage.id))))


@pytest.fixture(scope="module")
def slack(start_sandbox: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return start_sandbox("slack")


@pytest.fixture(scope="module")
def trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@pytest.fixture
def operation(
    database_url: str, slack: dict[str, Any], trust: ssl.SSLContext
) -> Iterator[Operation]:
    engine = open_engine(database_url)
    with httpx.Client(base_url=f"{slack['url']}/__sandbox__", verify=trust) as web:
        yield Operation(engine, slack, web)
        web.delete("/messages")
        web.delete("/faults")
        web.post("/state", json=dict.fromkeys(("webhook", "fallback", "bot", "channel"), "ok"))
        web.post("/state", json={"rate": "free"})
    engine.dispose()


@pytest.fixture
def by_bot(operation: Operation) -> Operation:
    operation.uses_bot = True
    return operation


def test_a_webhook_tells_an_incident_its_reminder_and_its_recovery(operation: Operation) -> None:
    operation.finds()
    assert operation.drains() == DrainReport(sent=1)
    operation.now += timedelta(days=1)
    operation.finds()
    assert operation.drains() == DrainReport(sent=1)
    operation.now += HOUR
    operation.cures()
    assert operation.drains() == DrainReport(sent=1)
    told = operation.messages()
    assert [one["lane"] for one in told] == ["webhook"] * 3
    assert [one["metadata"]["event_payload"]["incidents"] for one in told] == [[1]] * 3
    assert "reminder" in json.dumps(told[1]["blocks"])
    assert told[2]["text"].startswith("✅ samplemall recovered")
    assert "1 day 1 hour" in json.dumps(told[2]["blocks"])


def test_a_bot_keeps_one_message_current_and_is_heard_when_it_gets_worse(
    by_bot: Operation,
) -> None:
    by_bot.finds()
    by_bot.drains()
    by_bot.finds(grade=AlertGrade.critical)
    by_bot.drains()
    told, heard = by_bot.messages()
    assert told["text"].startswith("🔴")
    assert (heard["thread_ts"], heard["text"]) == (told["ts"], told["text"])
    by_bot.cures()
    assert by_bot.drains() == DrainReport(sent=1)
    over, _ = by_bot.messages()
    assert over["text"].startswith("✅")
    assert over["updated"]
    assert {line.slack_ts for line in by_bot.lines()} == {told["ts"]}


def test_a_message_that_was_deleted_in_slack_is_posted_anew(by_bot: Operation) -> None:
    by_bot.finds()
    by_bot.drains()
    by_bot.web.delete("/messages")
    by_bot.cures()
    assert by_bot.drains() == DrainReport(sent=1)
    assert [one["text"][:1] for one in by_bot.messages()] == ["✅"]


@pytest.mark.parametrize("lane", ["webhook", "bot"])
@pytest.mark.parametrize(
    ("fault", "first"),
    [
        ({"status": 429, "retry_after_s": 1}, 429),
        ({"status": 500}, 500),
        ({"status": 502}, 502),
        ({"kind": "drop"}, 200),
    ],
)
def test_trouble_that_passes_is_waited_out_and_told_once(
    operation: Operation, lane: str, fault: dict[str, Any], first: int
) -> None:
    operation.uses_bot = lane == "bot"
    operation.finds()
    operation.orders(on="any", **fault)
    assert operation.drains() == DrainReport(sent=1)
    assert operation.statuses()[0] == first
    assert len(operation.messages()) == 1


def test_slack_that_stays_away_keeps_the_line_for_the_next_run(operation: Operation) -> None:
    operation.finds()
    operation.orders(on="webhook", status=503, times=3)
    report = operation.drains()
    assert isinstance(report.error, SlackAway)
    assert (report.sent, report.waiting) == (0, 1)
    assert operation.statuses() == [503] * 3
    assert operation.drains() == DrainReport(sent=1)
    assert len(operation.messages()) == 1


def test_a_long_rate_limit_is_not_slept_through(operation: Operation) -> None:
    operation.finds()
    operation.orders(on="webhook", status=429, retry_after_s=600)
    began = time.monotonic()
    error = operation.drains().error
    assert time.monotonic() - began < 5
    assert isinstance(error, SlackAway)
    assert error.retry_after_s == 600


def test_an_answer_that_was_lost_doubles_nothing_with_a_bot(by_bot: Operation) -> None:
    by_bot.finds()
    by_bot.orders(on="api", kind="lost")
    assert by_bot.drains() == DrainReport(sent=1)
    (told,) = by_bot.messages()
    assert by_bot.lines()[0].slack_ts == told["ts"]


def test_an_answer_that_was_lost_doubles_a_webhooks_message_under_one_number(
    operation: Operation,
) -> None:
    operation.finds()
    operation.orders(on="webhook", kind="lost")
    assert operation.drains() == DrainReport(sent=1)
    numbers = [one["metadata"]["event_payload"] for one in operation.messages()]
    assert numbers == [{"incidents": [1], "messages": [1]}] * 2


def _dies(*_: Any) -> None:
    raise DatabaseAway("The process died here.")


@pytest.mark.parametrize(
    ("channel", "others"), [("channel", 0), ("channel_name", 0), ("channel", 210)]
)
def test_a_sender_that_dies_before_recording_doubles_nothing_with_a_bot(
    by_bot: Operation, monkeypatch: pytest.MonkeyPatch, channel: str, others: int
) -> None:
    """However the channel is named, and whatever others wrote since, over several pages."""
    by_bot.slack = {**by_bot.slack, "channel": by_bot.slack[channel]}
    by_bot.finds()
    with monkeypatch.context() as patch:
        patch.setattr(outbox_lines, "record", _dies)
        with pytest.raises(DatabaseAway):
            by_bot.drains()
    for number in range(others):
        by_bot.web.post(by_bot.slack["webhook_url"], json={"text": str(number)})
    by_bot.now += outbox_lines.CLAIM
    assert by_bot.drains() == DrainReport(sent=1)
    told = by_bot.messages()
    assert len(told) == 1 + others
    assert by_bot.lines()[0].slack_ts == told[0]["ts"]


@pytest.mark.parametrize(
    ("state", "told"),
    [("dead", "no_service"), ("archived", "channel_is_archived"), ("prohibited", "prohibited")],
)
def test_a_dead_webhook_falls_to_the_second_and_the_run_is_not_good(
    operation: Operation, state: str, told: str
) -> None:
    operation.has_fallback = True
    operation.sets(webhook=state)
    operation.finds()
    report = operation.drains()
    assert (report.sent, report.waiting) == (1, 0)
    assert isinstance(report.error, SlackRefused)
    assert told in report.error.message
    assert [one["lane"] for one in operation.messages()] == ["fallback"]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"bot": "revoked"}, "token_revoked"),
        ({"bot": "inactive"}, "account_inactive"),
        ({"channel": "archived"}, "is_archived"),
    ],
)
def test_a_refused_bot_falls_to_what_is_left(
    by_bot: Operation, state: dict[str, str], told: str
) -> None:
    by_bot.has_fallback = True
    by_bot.sets(**state)
    by_bot.finds()
    report = by_bot.drains()
    assert report.sent == 1
    assert isinstance(report.error, SlackRefused)
    assert told in report.error.message
    expected = "fallback" if "channel" in state else "webhook"
    assert [one["lane"] for one in by_bot.messages()] == [expected]


def test_the_second_channel_is_told_once_that_the_first_is_dead_and_when_it_lives_again(
    operation: Operation,
) -> None:
    operation.has_fallback = True
    operation.sets(webhook="dead")
    operation.finds()
    report = operation.tells()
    assert (report.sent, report.waiting, type(report.error)) == (2, 0, SlackRefused)
    assert operation.open_kinds() == ["reauthorize", "slack_refused"]
    assert operation.tells() == DrainReport()
    first, second = operation.messages()
    assert [one["lane"] for one in (first, second)] == ["fallback"] * 2
    assert "404, no_service" in json.dumps(second["blocks"])
    assert "CAFE24_SLACK_WEBHOOK_URL" in json.dumps(second["blocks"])
    operation.sets(webhook="ok")
    assert operation.tells() == DrainReport(sent=1)
    assert operation.open_kinds() == ["reauthorize"]
    over = operation.messages()[-1]
    assert (over["lane"], over["text"][:7]) == ("webhook", "✅ slack")
    assert [(one.name, one.grade) for one in stored_grades(operation.engine)] == [("slack", "ok")]


def test_a_message_that_is_refused_for_its_content_says_nothing_of_the_channel(
    operation: Operation,
) -> None:
    operation.finds()
    operation.orders(on="webhook", status=400, error="invalid_blocks")
    assert operation.tells().failed == 1
    assert operation.open_kinds() == ["reauthorize"]


@pytest.mark.parametrize(
    ("state", "dead"),
    [
        ({}, set()),
        ({"webhook": "dead"}, {"webhook"}),
        ({"webhook": "prohibited"}, {"webhook"}),
        ({"fallback": "archived"}, {"fallback webhook"}),
        ({"bot": "revoked"}, {"bot"}),
        ({"bot": "inactive"}, {"bot"}),
        ({"channel": "archived"}, {"bot", "webhook"}),
    ],
)
@pytest.mark.parametrize("channel", ["channel", "channel_name"])
def test_a_dead_channel_is_found_by_asking_and_nobody_sees_the_question(
    by_bot: Operation, state: dict[str, str], dead: set[str], channel: str
) -> None:
    by_bot.slack = {**by_bot.slack, "channel": by_bot.slack[channel]}
    by_bot.has_fallback = True
    by_bot.sets(**state)
    found = refusals(by_bot.channels())
    assert found is not None
    assert {name.partition(" in ")[0] for name in found} == dead
    assert all(one.next_step for one in found.values())
    assert by_bot.messages() == []


def test_a_slack_that_is_away_is_not_called_dead(operation: Operation) -> None:
    operation.orders(on="webhook", status=503, times=3)
    assert refusals(operation.channels()) is None


def test_when_every_channel_is_dead_nothing_is_lost(operation: Operation) -> None:
    operation.has_fallback = True
    operation.sets(webhook="dead", fallback="dead")
    operation.finds()
    report = operation.drains()
    assert (report.sent, report.failed, report.waiting) == (0, 1, 1)
    assert "CAFE24_SLACK_WEBHOOK_URL" in str(report.error)
    operation.sets(webhook="ok")
    assert operation.drains() == DrainReport(sent=1)


def test_a_page_that_is_not_slack_is_no_receipt(operation: Operation) -> None:
    operation.finds()
    foreign = WebhookChannel(f"{operation.slack['url']}/messages")
    report = drain(operation.engine, [foreign], Writer(texts("en")), operation.now)
    assert report.failed == 1
    assert isinstance(report.error, SlackRefused)


def test_a_port_where_nobody_listens_is_slack_away(operation: Operation) -> None:
    operation.finds()
    nobody = WebhookChannel("http://127.0.0.1:9/services/T0/B0/INVENTED")
    report = drain(operation.engine, [nobody], Writer(texts("en")), operation.now)
    assert isinstance(report.error, SlackAway)
    assert "INVENTED" not in str(report.error)
    assert report.waiting == 1


def test_hundreds_at_once_are_few_messages_that_slack_takes(operation: Operation) -> None:
    for number in range(250):
        operation.finds(f"mall{number}", AlertGrade.critical)
    assert operation.drains() == DrainReport(sent=250)
    told = operation.messages()
    assert len(told) == 3
    words = json.dumps(told)
    assert all(f"`mall{number}`" in words for number in range(250))


def test_a_slack_that_takes_one_message_a_second_gets_them_all_once(
    operation: Operation,
) -> None:
    operation.sets(rate="limited")
    for number in range(3):
        operation.finds(f"mall{number}")
    assert operation.drains() == DrainReport(sent=3)
    assert 429 in operation.statuses()
    told = [one["metadata"]["event_payload"]["incidents"] for one in operation.messages()]
    assert sorted(told) == [[1], [2], [3]]


def test_two_senders_at_once_tell_each_incident_once(operation: Operation) -> None:
    for number in range(8):
        operation.finds(f"mall{number}")
    with ThreadPoolExecutor(2) as pool:
        reports = [one.result() for one in [pool.submit(operation.drains) for _ in range(2)]]
    assert sum(report.sent for report in reports) == 8
    told = [one["metadata"]["event_payload"]["incidents"] for one in operation.messages()]
    assert sorted(told) == [[number] for number in range(1, 9)]


def test_no_address_or_token_is_logged_even_at_debug(
    by_bot: Operation, caplog: pytest.LogCaptureFixture
) -> None:
    by_bot.has_fallback = True
    by_bot.sets(bot="revoked", webhook="dead")
    with caplog.at_level(logging.DEBUG):
        by_bot.finds()
        by_bot.orders(on="any", status=500)
        assert by_bot.drains().sent == 1
    secrets = ("sandboxwebhook", "sandboxfallback", by_bot.slack["bot_token"])
    assert not any(secret in caplog.text for secret in secrets)
    assert not any(secret in str(by_bot.lines()) for secret in secrets)


def test_the_librarys_own_clients_work_with_the_sandbox(slack: dict[str, Any]) -> None:
    answer = WebhookClient(slack["webhook_url"]).send(text="from slack-sdk")
    assert (answer.status_code, answer.body) == (200, "ok")
    client = WebClient(slack["bot_token"], base_url=slack["api_url"])
    assert client.auth_test()["ok"]
    posted = client.chat_postMessage(channel=f"#{slack['channel_name']}", text="posted")
    client.chat_update(channel=posted["channel"], ts=posted["ts"], text="updated")
    page = client.conversations_history(channel=slack["channel"], limit=1)
    assert [one["text"] for one in page["messages"]] == ["updated"]
    client.chat_delete(channel=posted["channel"], ts=posted["ts"])
