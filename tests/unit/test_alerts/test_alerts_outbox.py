"""What is due reaches Slack once: never lost, and doubled only where nobody can tell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cafe24.alerts import outbox_lines
from cafe24.alerts.findings import Finding
from cafe24.alerts.incidents import close, open_or_touch
from cafe24.alerts.languages import texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.outbox import DIGEST_SIZE, DrainReport, drain
from cafe24.alerts.tables import AlertGrade, AlertMessage, IncidentKind
from cafe24.errors import DatabaseAway, MessageRefused, SlackAway, SlackRefused
from sandbox.slack.block_rules import is_too_long, judge

HOUR = timedelta(hours=1)
A_MINUTE = timedelta(minutes=1)
LONGEST_SEND = timedelta(seconds=45)
"""Three tries of ten seconds and the waits between."""


@dataclass
class Desk:
    """An outbox, its channels, and a clock that the test moves."""

    engine: Engine
    channel: Any
    second: Any
    finding: Callable[..., Finding]
    now: datetime
    pauses: list[float] = field(default_factory=list)

    def opens(self, *malls: str, grade: AlertGrade = AlertGrade.warning) -> None:
        for mall in malls:
            open_or_touch(self.engine, self.finding(mall, grade=grade), self.now)

    def recovers(self, mall: str) -> None:
        assert close(self.engine, f"mall:{mall}", [IncidentKind.reauthorize], self.now)

    def drains(self, *channels: Any) -> DrainReport:
        writer = Writer(texts("en"))
        channels = channels or (self.channel,)
        return drain(self.engine, channels, writer, self.now, pause=self.pauses.append)

    def lines(self) -> list[AlertMessage]:
        with Session(self.engine) as session:
            return list(session.exec(select(AlertMessage).order_by(col(AlertMessage.id))))

    def dies_before_recording(self) -> None:
        """Send what is due, and end before the receipt is written."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outbox_lines, "record", _dies)
            with pytest.raises(DatabaseAway):
                self.drains()


def _dies(*_: Any) -> None:
    raise DatabaseAway("The process died here.")


@pytest.fixture
def desk(
    engine: Engine,
    channel: Any,
    second_channel: Any,
    finding: Callable[..., Finding],
    now: datetime,
) -> Desk:
    return Desk(engine, channel, second_channel, finding, now)


def malls(count: int) -> list[str]:
    return [f"mall{number}" for number in range(count)]


def test_an_incident_is_told_once_with_a_receipt(desk: Desk) -> None:
    desk.opens("samplemall")
    told_at = desk.now
    assert desk.drains() == DrainReport(sent=1)
    desk.now += HOUR
    assert desk.drains() == DrainReport()
    (line,) = desk.lines()
    assert (line.sent_at, line.channel, line.slack_ts) == (told_at, "kept", "1.000000")
    assert (line.attempts, line.last_error) == (1, "")
    assert [one.incident_ids for one in desk.channel.taken] == [(1,)]


def test_what_is_not_due_yet_waits(desk: Desk) -> None:
    desk.opens("samplemall")
    desk.now -= HOUR
    assert desk.drains() == DrainReport(waiting=1)


def test_later_news_stands_in_the_place_of_the_first_message(desk: Desk) -> None:
    desk.opens("samplemall")
    desk.drains()
    desk.opens("samplemall", grade=AlertGrade.critical)
    desk.drains()
    desk.recovers("samplemall")
    desk.drains()
    assert [one.is_loud for one in desk.channel.taken] == [False, True, False]
    (shown,) = desk.channel.shown.values()
    assert "recovered" in shown.text


def test_what_was_never_told_and_is_over_is_told_once_as_recovered(desk: Desk) -> None:
    desk.opens("samplemall")
    desk.now += 3 * HOUR
    desk.recovers("samplemall")
    assert desk.drains() == DrainReport(sent=2)
    (told,) = desk.channel.taken
    assert "recovered" in told.text
    assert "3 hours" in str(told.blocks)


def test_critical_incidents_are_told_first(desk: Desk) -> None:
    desk.opens("mildmall")
    desk.opens("worsemall", grade=AlertGrade.critical)
    desk.drains()
    assert [one.incident_ids for one in desk.channel.taken] == [(2,), (1,)]


def test_messages_keep_slacks_pace(desk: Desk) -> None:
    desk.opens(*malls(3))
    desk.drains()
    assert desk.pauses == [1.0, 1.0]


def test_ten_are_told_one_by_one_and_eleven_in_a_digest(desk: Desk) -> None:
    desk.opens(*malls(10))
    assert desk.drains() == DrainReport(sent=10)
    assert len(desk.channel.taken) == 10
    later = [f"later{number}" for number in range(11)]
    desk.opens(*later)
    assert desk.drains() == DrainReport(sent=11)
    assert len(desk.channel.taken) == 11
    digest = desk.channel.taken[-1]
    assert digest.incident_ids == tuple(range(11, 22))
    assert all(f"`{mall}`" in str(digest.blocks) for mall in later)


def test_a_digest_is_never_overwritten_by_one_of_its_incidents(desk: Desk) -> None:
    desk.opens(*malls(11))
    desk.drains()
    desk.recovers("mall3")
    desk.drains()
    assert len(desk.channel.shown) == 2


def test_a_thousand_at_once_are_ten_messages_that_name_them_all(desk: Desk) -> None:
    desk.opens(*malls(1000), grade=AlertGrade.critical)
    assert desk.drains() == DrainReport(sent=1000)
    assert len(desk.channel.taken) == 1000 // DIGEST_SIZE
    told = str([one.blocks for one in desk.channel.taken])
    assert all(f"`{mall}`" in told for mall in malls(1000))


def test_a_digest_that_slack_would_find_too_long_becomes_several(desk: Desk) -> None:
    """Many kinds of trouble make many blocks, long names long ones; no incident is cut off."""
    names = [f"{'m' * 50}{number}" for number in range(6)]
    for mall, kind, grade in product(names, IncidentKind, AlertGrade):
        found = desk.finding(mall, kind=kind, grade=grade)
        open_or_touch(desk.engine, found, desk.now)
    report = desk.drains()
    told = [number for one in desk.channel.taken for number in one.incident_ids]
    assert report.sent == len(desk.lines())
    assert sorted(told) == sorted({line.incident_id for line in desk.lines()})
    assert len(desk.pauses) == len(desk.channel.taken) - 1
    for message in desk.channel.taken:
        assert judge(message.blocks) == []
        assert not is_too_long(message.blocks)


def test_a_slack_that_goes_away_amid_a_digest_gets_the_rest_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cafe24.alerts.channel.SIZE_LIMIT", 1500)
    desk.opens(*malls(90))
    desk.channel.failures = [None, SlackAway("away")]
    first = desk.drains()
    assert 0 < first.sent < 90
    assert first.waiting == 90 - first.sent
    assert desk.drains().waiting == 0
    told = [number for one in desk.channel.taken for number in one.incident_ids]
    assert sorted(told) == list(range(1, 91))


def test_like_incidents_stand_together_in_the_digests(desk: Desk) -> None:
    for number in range(120):
        kind = (IncidentKind.sync_failed, IncidentKind.reauthorize)[number % 2]
        open_or_touch(desk.engine, desk.finding(f"mall{number}", kind=kind), desk.now)
    desk.drains()
    first, second = (str(one.blocks) for one in desk.channel.taken)
    assert ("Consent needed" in first, "sync failed" in first) == (True, True)
    assert ("Consent needed" in second, "sync failed" in second) == (False, True)


def test_slack_away_keeps_everything_and_stops(desk: Desk) -> None:
    desk.opens(*malls(3))
    away = SlackAway("Slack is away.")
    desk.channel.failures = [None, away]
    assert desk.drains() == DrainReport(sent=1, waiting=2, error=away)
    assert desk.lines()[1].last_error == "Slack is away."
    assert desk.drains() == DrainReport(sent=2)
    assert len(desk.channel.taken) == 3


def test_a_wait_that_slack_asks_for_reaches_the_caller_and_nothing_hides_until_then(
    desk: Desk,
) -> None:
    desk.opens("samplemall")
    desk.channel.failures = [SlackAway("Too many.", retry_after_s=120)]
    error = desk.drains().error
    assert isinstance(error, SlackAway)
    assert error.retry_after_s == 120
    assert desk.drains() == DrainReport(sent=1)


def test_a_dead_channel_falls_to_the_second_and_still_fails_the_run(desk: Desk) -> None:
    desk.opens("samplemall")
    dead = SlackRefused("no_service")
    desk.channel.failures = [dead]
    assert desk.drains(desk.channel, desk.second) == DrainReport(
        sent=1, error=dead, dead={"kept": dead}
    )
    assert len(desk.second.taken) == 1
    assert desk.lines()[0].channel == "second"


def test_what_every_channel_refuses_stays_and_does_not_hold_up_the_rest(desk: Desk) -> None:
    desk.opens(*malls(3))
    refusal = MessageRefused("invalid_blocks")
    desk.channel.failures = [refusal]
    assert desk.drains() == DrainReport(sent=2, failed=1, waiting=1, error=refusal)
    assert desk.drains() == DrainReport(sent=1)


def test_a_line_that_another_sender_holds_is_left_to_it(desk: Desk) -> None:
    desk.opens("samplemall")
    assert outbox_lines.claim(desk.engine, [1], desk.now) == {1}
    assert outbox_lines.claim(desk.engine, [1], desk.now) == set()
    assert desk.drains() == DrainReport(waiting=1)
    desk.now += outbox_lines.CLAIM
    assert desk.drains() == DrainReport(sent=1)
    assert len(desk.channel.taken) == 1


@pytest.mark.parametrize(("count", "slack_ts"), [(1, "1.000000"), (11, "")])
def test_a_sender_that_dies_before_recording_doubles_nothing_where_slack_can_be_asked(
    desk: Desk, count: int, slack_ts: str
) -> None:
    desk.opens(*malls(count))
    desk.dies_before_recording()
    assert desk.channel.lookups == 0
    desk.now += outbox_lines.CLAIM
    assert desk.drains() == DrainReport(sent=count)
    assert len(desk.channel.taken) == 1
    assert {line.slack_ts for line in desk.lines()} == {slack_ts}


def test_a_sender_that_dies_doubles_a_message_where_slack_cannot_be_asked(desk: Desk) -> None:
    desk.opens("samplemall")
    desk.channel.is_blind = True
    desk.dies_before_recording()
    desk.now += outbox_lines.CLAIM
    desk.drains()
    assert [one.incident_ids for one in desk.channel.taken] == [(1,), (1,)]


def test_senders_that_stop_anywhere_leave_each_incident_in_slack(desk: Desk) -> None:
    """Away at every second try: each run goes on where the last one stopped."""
    desk.opens(*malls(6))
    desk.channel.failures = [one for _ in range(6) for one in (SlackAway("away"), None)]
    reports = [desk.drains()]
    while reports[-1].waiting:
        reports.append(desk.drains())
    assert sum(one.sent for one in reports) == 6
    assert all(earlier.waiting >= later.waiting for earlier, later in pairwise(reports))
    assert sorted(i for one in desk.channel.taken for i in one.incident_ids) == [1, 2, 3, 4, 5, 6]


def test_what_a_host_queued_whose_clock_is_a_minute_ahead_is_sent_by_any_other_at_once(
    desk: Desk,
) -> None:
    """Else it waits for the next run that looks, up to twenty minutes."""
    true_time = desk.now
    desk.now = true_time + A_MINUTE
    desk.opens("samplemall")
    desk.now = true_time
    assert (desk.drains().sent, len(desk.channel.taken)) == (1, 1)


@pytest.mark.parametrize("apart", [A_MINUTE, -A_MINUTE], ids=["ahead", "behind"])
def test_no_line_is_taken_from_a_sender_that_lives_by_a_host_whose_clock_differs_by_a_minute(
    desk: Desk, apart: timedelta
) -> None:
    desk.opens("samplemall")
    [line] = desk.lines()
    assert outbox_lines.claim(desk.engine, [line.number], desk.now + apart) == {line.number}
    desk.now += LONGEST_SEND
    assert desk.drains().sent == 0
