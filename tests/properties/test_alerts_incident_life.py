"""Any sequence of findings, cures, snoozes and drains keeps the promises of the alerts."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from cafe24.alerts import outbox
from cafe24.alerts.channel import Receipt, SlackMessage
from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.incidents import close, open_incidents, open_or_touch, snooze
from cafe24.alerts.languages import texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.tables import AlertGrade, AlertMessage, Incident, IncidentKind, Purpose
from cafe24.database.engine import open_engine
from cafe24.errors import SlackAway
from cafe24.malls import mall_id

MALLS = [mall_id(f"mall{number}") for number in range(3)]
KINDS = [IncidentKind.reauthorize, IncidentKind.token_expiring, IncidentKind.sync_failed]

malls = st.sampled_from(MALLS)
kinds = st.sampled_from(KINDS)
grades = st.sampled_from([*AlertGrade])


class Channel:
    """Takes messages, unless it is away."""

    name = "kept"

    def __init__(self) -> None:
        self.is_away = False
        self.shown: dict[str, SlackMessage] = {}

    def deliver(self, message: SlackMessage, earlier: Receipt | None = None) -> Receipt:
        if self.is_away:
            raise SlackAway("away")
        ts = earlier.slack_ts if earlier else str(len(self.shown))
        self.shown[ts] = message
        return Receipt(self.name, ts)

    def check(self) -> None:
        if self.is_away:
            raise SlackAway("away")

    def delivered(self, since: datetime) -> Mapping[int, Receipt]:
        assert since.tzinfo
        return {}


class IncidentLife(RuleBasedStateMachine):
    """The world finds and cures things; Slack comes and goes; time passes."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        # Digests have tests of their own; here each incident has its own message.
        self.patch.setattr(outbox, "DIGEST_OVER", 1_000_000)
        self.channel = Channel()
        self.now = datetime(2026, 11, 23, tzinfo=UTC)
        self.wrong: dict[tuple[str, str], AlertGrade] = {}

    def teardown(self) -> None:
        self.patch.undo()
        with Session(self.engine) as session:
            session.execute(delete(AlertMessage))
            session.execute(delete(Incident))
            session.commit()

    def lines(self) -> list[tuple[AlertMessage, Incident]]:
        query = (
            select(AlertMessage, Incident)
            .where(col(AlertMessage.incident_id) == col(Incident.id))
            .order_by(col(AlertMessage.id))
        )
        with Session(self.engine) as session:
            return [(line, incident) for line, incident in session.exec(query)]

    @rule(mall=malls, kind=kinds, grade=grades)
    def something_is_wrong(self, mall: Any, kind: IncidentKind, grade: AlertGrade) -> None:
        subject = mall_subject(mall)
        recorded = open_or_touch(self.engine, Finding(subject, kind, grade, mall), self.now)
        key, before, is_taken_over = self.where_it_belongs(subject, kind)
        is_worse = before is not None and grade.outranks(before)
        assert (recorded.queued is Purpose.opened) == (before is None)
        assert (recorded.queued is Purpose.escalated) == (is_worse or is_taken_over)
        assert recorded.is_new == (before is None or is_taken_over)
        self.wrong[key] = grade if before is None or is_worse else before

    def where_it_belongs(
        self, subject: str, kind: IncidentKind
    ) -> tuple[tuple[str, str], AlertGrade | None, bool]:
        """Return the incident's key, its grade before, and whether it was milder before."""
        dead, ending = (subject, "reauthorize"), (subject, "token_expiring")
        if kind == "token_expiring" and dead in self.wrong:
            return dead, self.wrong[dead], False
        if kind == "reauthorize" and dead not in self.wrong and ending in self.wrong:
            return dead, self.wrong.pop(ending), True
        return (subject, kind.value), self.wrong.get((subject, kind.value)), False

    @rule(mall=malls, kind=kinds)
    def it_is_cured(self, mall: Any, kind: IncidentKind) -> None:
        key = (mall_subject(mall), kind.value)
        closed = close(self.engine, key[0], [kind], self.now)
        assert len(closed) == (1 if self.wrong.pop(key, None) else 0)

    @rule(mall=malls, hours=st.integers(1, 100))
    def somebody_snoozes(self, mall: Any, hours: int) -> None:
        snooze(self.engine, mall_subject(mall), self.now + timedelta(hours=hours))

    @rule(hours=st.integers(1, 48))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def slack_comes_or_goes(self) -> None:
        self.channel.is_away = not self.channel.is_away

    @rule()
    def the_outbox_is_drained(self) -> None:
        before = sum(line.sent_at is None for line, _ in self.lines())
        report = outbox.drain(
            self.engine, [self.channel], Writer(texts("ko")), self.now, pause=lambda _s: None
        )
        assert report.sent + report.waiting == before
        assert bool(report.waiting) == (self.channel.is_away and before > 0)

    @precondition(lambda self: not self.channel.is_away)
    @rule()
    def slack_then_shows_the_truth(self) -> None:
        """One message an incident, and the last word about it is whether it is over."""
        self.the_outbox_is_drained()
        shown = Counter(one.incident_ids for one in self.channel.shown.values())
        incidents = {incident.number: incident for _, incident in self.lines()}
        assert shown == Counter({(number,): 1 for number in incidents})
        for message in self.channel.shown.values():
            is_over = incidents[message.incident_ids[0]].closed_at is not None
            assert message.text.startswith("✅") == is_over

    @invariant()
    def at_most_one_is_open_for_each_subject_and_kind(self) -> None:
        found = Counter((one.subject, one.kind) for one in open_incidents(self.engine))
        assert found == Counter(dict.fromkeys(self.wrong, 1))

    @invariant()
    def each_incident_is_opened_once_and_closed_at_most_once(self) -> None:
        told: dict[int, list[str]] = {}
        for line, incident in self.lines():
            told.setdefault(incident.number, []).append(line.purpose)
        for purposes in told.values():
            assert purposes[0] == "opened"
            assert purposes.count("opened") == 1
            assert "recovered" not in purposes[:-1]


def test_any_life_keeps_the_promises(shared_database_url: str) -> None:
    engine = open_engine(shared_database_url)
    run_state_machine_as_test(
        type("Life", (IncidentLife,), {"engine": engine}),
        settings=settings(max_examples=40, stateful_step_count=30, deadline=None),
    )
    engine.dispose()
