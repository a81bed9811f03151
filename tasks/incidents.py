"""The step that turns a run's answers into incidents: opened, still there, over."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from anyio import to_thread
from prefect import task
from sqlalchemy import Engine

from cafe24.alerts.findings import app_subject, mall_subject
from cafe24.alerts.incidents import open_incidents
from cafe24.alerts.outbox_lines import waiting
from cafe24.alerts.recording import Recording, recorded_together
from cafe24.alerts.several_malls import malls_in
from cafe24.alerts.tables import IncidentKind
from cafe24.errors import CafeError, MallBusy, MallPaused, RateLimited, UsageError
from cafe24.malls import MallId
from tasks.database import opened_database
from tasks.each_mall import Answer
from tasks.events import emit_alerts_due, emit_for_mall
from tasks.findings import EVENTS, finding_of
from tasks.links import run_url
from tasks.mall_facts import NOTHING_KNOWN, KnownFacts, known_facts
from tasks.patience import PATIENTLY
from tasks.refused_apps import KIND, RefusedApp, app_finding, proved_apps, refused_apps

PASSING: tuple[type[CafeError], ...] = (MallBusy, RateLimited)
"""Errors that are no trouble: another run does the work, or the next one will."""

REFUSED = (UsageError, MallPaused)
"""Errors of who asked, not of the mall: one that Vault does not have, or a paused one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a flow reads its answers.

    Attributes:
        otherwise: the kind for errors that have none of their own.
        cures: the kinds that a mall's value puts an end to.
        proves: the app whose secret Cafe24 took for a mall's value, if it did.
        failed: the event for a mall that failed in this flow's own way, if there is one.
        recovered: the event for a mall whose trouble is over, if there is one.
        passing: errors that are no trouble.
    """

    otherwise: IncidentKind
    cures: Callable[[Any], Collection[IncidentKind]]
    proves: Callable[[Any], str | None] = lambda _value: None
    failed: str | None = None
    recovered: str | None = None
    passing: tuple[type[CafeError], ...] = PASSING

    def of_a_fleet(self) -> "Rules":
        """Return the same for malls that nobody named: a paused or removed one is no trouble."""
        return replace(self, passing=(*self.passing, *REFUSED))


@dataclass(slots=True)
class Record:
    """What a run's answers came to.

    Attributes:
        new: malls that failed and were well before, with the kind of their incident.
        known: malls that failed with an incident that was already open.
        later: malls whose error is no trouble.
        refused: malls that were asked for and for which nothing can be done.
        recovered: malls whose trouble is over.
    """

    new: dict[MallId, IncidentKind] = field(default_factory=dict)
    known: list[MallId] = field(default_factory=list)
    later: list[MallId] = field(default_factory=list)
    refused: list[MallId] = field(default_factory=list)
    recovered: list[MallId] = field(default_factory=list)

    @property
    def has_news(self) -> bool:
        """Whether an incident began or ended."""
        return bool(self.new or self.recovered)


@dataclass(frozen=True, slots=True)
class Seen:
    """When and where the answers were seen, and what Vault knows of the malls in trouble."""

    now: datetime
    run_url: str | None
    known: KnownFacts = NOTHING_KNOWN


@task(name="record incidents", **PATIENTLY)
async def record_incidents(answers: Sequence[Answer[Any]], rules: Rules) -> Record:
    """Open, touch and close the incidents of malls and apps; emit what happened."""
    apps = refused_apps(answers, rules.proves)
    known = await known_facts(
        _with_incidents_of_their_own(answers, apps, rules), [app.client_id for app in apps]
    )
    async with opened_database() as engine:
        record = await to_thread.run_sync(
            recorded, engine, answers, rules, Seen(datetime.now(UTC), run_url(), known)
        )
    _emit(record, rules)
    return record


@task(name="call for send-alert", **PATIENTLY)
async def announce_alerts() -> int:
    """Emit one event when the outbox holds something; return how many lines it holds."""
    async with opened_database() as engine:
        lines = await to_thread.run_sync(waiting, engine)
    if lines:
        emit_alerts_due()
    return lines


def _with_incidents_of_their_own(
    answers: Sequence[Answer[Any]], apps: Sequence[RefusedApp], rules: Rules
) -> list[MallId]:
    no_trouble = (*rules.passing, *REFUSED)
    troubled = [
        one.mall_id for one in answers if one.error and not isinstance(one.error, no_trouble)
    ]
    shared = {mall for app in apps if len(app.malls) > 1 for mall in app.malls}
    return [mall for mall in troubled if mall not in shared]


def _emit(record: Record, rules: Rules) -> None:
    for mall, kind in record.new.items():
        if event := EVENTS.get(kind, rules.failed):
            emit_for_mall(event, mall, kind=kind.value)
    for mall in record.recovered:
        if rules.recovered:
            emit_for_mall(rules.recovered, mall)


def recorded(engine: Engine, answers: Sequence[Answer[Any]], rules: Rules, seen: Seen) -> Record:
    """Write what the answers mean for the incidents: all of it, or nothing.

    Raises:
        DatabaseAway, DatabaseUnusable: nothing was written, so that the next try still
            tells what is new from what was known.
    """
    troubled = {incident.mall_id for incident in open_incidents(engine)}
    apps = refused_apps(answers, rules.proves)

    def work(recording: Recording) -> Record:
        record = Record()
        told = {mall for app in apps for mall in _told_of(app, record, recording, seen)}
        for answer in answers:
            if answer.error is None and answer.mall_id in troubled:
                _cure(record, recording, answer, rules, seen)
            elif answer.error is not None and answer.mall_id not in told:
                _sort(record, recording, answer, rules, seen)
        _cure_apps(record, recording, answers, rules, seen)
        return record

    return recorded_together(engine, work)


def _told_of(
    app: RefusedApp, record: Record, recording: Recording, seen: Seen
) -> Collection[MallId]:
    """Open or touch the app's incident; return the malls that it tells of."""
    known = seen.known.apps.get(app.client_id, {})
    finding = app_finding(app, recording, known, seen.run_url)
    if finding is None:
        return ()
    if recording.open_or_touch(finding, seen.now).is_new:
        record.new.update(dict.fromkeys(app.malls, KIND))
    else:
        record.known.extend(app.malls)
    return app.malls


def _sort(
    record: Record, recording: Recording, answer: Answer[Any], rules: Rules, seen: Seen
) -> None:
    """Note what a mall's error comes to; open or touch its incident if it is trouble."""
    mall, error = answer.mall_id, answer.error
    assert error is not None
    if isinstance(error, rules.passing):
        record.later.append(mall)
    elif isinstance(error, REFUSED):
        record.refused.append(mall)
    else:
        known = seen.known.malls.get(mall)
        finding = finding_of(mall, error, rules.otherwise, seen.run_url, known)
        if recording.open_or_touch(finding, seen.now).is_new:
            record.new[mall] = finding.kind
        else:
            record.known.append(mall)


def _cure(
    record: Record, recording: Recording, answer: Answer[Any], rules: Rules, seen: Seen
) -> None:
    cured = rules.cures(answer.value)
    if cured and recording.close(mall_subject(answer.mall_id), cured, seen.now):
        record.recovered.append(answer.mall_id)


def _cure_apps(
    record: Record, recording: Recording, answers: Sequence[Answer[Any]], rules: Rules, seen: Seen
) -> None:
    """Close the incidents of apps whose secret was taken; of their malls, these are well."""
    well = {answer.mall_id for answer in answers if answer.value is not None}
    for app in proved_apps(answers, rules.proves):
        for incident in recording.close(app_subject(app), {KIND}, seen.now):
            told = (mall for mall in malls_in(incident.facts) if mall in well)
            record.recovered.extend(MallId(mall) for mall in told)
