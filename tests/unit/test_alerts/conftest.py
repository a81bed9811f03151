"""A database with the alert tables, and a Slack channel that keeps what it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from cafe24.alerts.channel import Receipt, SlackMessage
from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.tables import AlertGrade, IncidentKind
from cafe24.errors import CafeError
from cafe24.malls import mall_id

MakeFinding = Callable[..., Finding]


@dataclass
class KeepingChannel:
    """A Slack that keeps messages in place by incident, as a bot's does.

    Attributes:
        failures: raised instead of taking a message, in order; None takes it.
        is_blind: it cannot be asked what it shows, as a webhook cannot.
        ill: what `check` raises, if it does.
    """

    name: str = "kept"
    taken: list[SlackMessage] = field(default_factory=list)
    shown: dict[str, SlackMessage] = field(default_factory=dict)
    failures: list[CafeError | None] = field(default_factory=list)
    is_blind: bool = False
    lookups: int = 0
    ill: CafeError | None = None

    def deliver(self, message: SlackMessage, earlier: Receipt | None = None) -> Receipt:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        ts = earlier.slack_ts if earlier else f"{len(self.shown) + 1}.000000"
        self.taken.append(message)
        self.shown[ts] = message
        return Receipt(self.name, ts)

    def check(self) -> None:
        if self.ill is not None:
            raise self.ill

    def delivered(self, since: datetime) -> Mapping[int, Receipt]:
        assert since.tzinfo
        self.lookups += 1
        if self.is_blind:
            return {}
        return {
            line: Receipt(self.name, ts if len(message.incident_ids) == 1 else "")
            for ts, message in self.shown.items()
            for line in message.message_ids
        }


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 5, 5, tzinfo=UTC)


@pytest.fixture
def channel() -> KeepingChannel:
    return KeepingChannel()


@pytest.fixture
def second_channel() -> KeepingChannel:
    return KeepingChannel("second")


@pytest.fixture
def finding() -> MakeFinding:
    """Make a finding about a mall; everything but the mall has a default."""

    def make(
        mall: str = "samplemall",
        kind: IncidentKind = IncidentKind.reauthorize,
        grade: AlertGrade = AlertGrade.warning,
        **facts: str | int | datetime | None,
    ) -> Finding:
        known = mall_id(mall)
        return Finding(mall_subject(known), kind, grade, known, facts)

    return make
