"""What grades mean for incidents: which one opens, which ones are over."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from cafe24.alerts.findings import Finding, credential_subject, mall_subject
from cafe24.alerts.incidents import open_incidents
from cafe24.alerts.recording import Recording, recorded_together
from cafe24.alerts.several_malls import malls_in
from cafe24.alerts.tables import AlertGrade, Incident, IncidentKind
from cafe24.tokens.graded import SLACK, WARNING_BELOW, Grade, GradedCredential

_MEANS = {
    Grade.unfinished: (IncidentKind.token_unfinished, AlertGrade.warning),
    Grade.overdue: (IncidentKind.token_overdue, AlertGrade.warning),
    Grade.warning: (IncidentKind.token_expiring, AlertGrade.warning),
    Grade.critical: (IncidentKind.token_expiring, AlertGrade.critical),
    Grade.expired: (IncidentKind.token_expiring, AlertGrade.critical),
    Grade.reauthorize: (IncidentKind.reauthorize, AlertGrade.critical),
}
_CURED_BY_THE_CHECK = frozenset({Grade.unfinished, Grade.overdue})
"""For these the check starts a refresh; only when that did not help is it news."""

_CURED_BY_OK = frozenset(
    {
        IncidentKind.token_expiring,
        IncidentKind.token_overdue,
        IncidentKind.token_unfinished,
        IncidentKind.token_ambiguous,
        IncidentKind.reauthorize,
        IncidentKind.mall_unseen,
        IncidentKind.vault_signin_expiring,
        IncidentKind.slack_refused,
    }
)
_CURED_BY_NEW_PAIR = frozenset({IncidentKind.refresh_failed, IncidentKind.app_refused})
"""Good dates say nothing of these: only a pair that is younger than the incident does."""


def record_grades(
    engine: Engine,
    graded: Sequence[GradedCredential],
    before: Mapping[str, str],
    now: datetime,
    run_url: str | None,
) -> None:
    """Open, touch and close incidents by the grades of what they are about: all, or none.

    Args:
        engine: the database.
        graded: the grades of malls, of our own sign-ins and of Slack.
        before: the last check's grades by credential.
        now: aware time.
        run_url: the run that graded.

    Raises:
        DatabaseAway, DatabaseUnusable: run again; nothing is doubled.
    """
    open_now = defaultdict(list)
    for incident in open_incidents(engine):
        open_now[incident.subject].append(incident)
    proved = [subject for subject, found in open_now.items() if _app_is_proved(graded, found)]

    def work(recording: Recording) -> None:
        for one in graded:
            if finding := finding_of(one, before.get(one.name), run_url):
                recording.open_or_touch(finding, now)
            if over := kinds_over(one, open_now[subject_of(one)]):
                recording.close(subject_of(one), over, now)
        for subject in proved:
            recording.close(subject, {IncidentKind.app_refused}, now)

    recorded_together(engine, work)


def subject_of(one: GradedCredential) -> str:
    """Return whose incidents the grade is about."""
    return mall_subject(one.mall_id) if one.mall_id else credential_subject(one.name)


def finding_of(one: GradedCredential, before: str | None, run_url: str | None) -> Finding | None:
    """Return what is wrong with a credential, if a person should hear of it."""
    is_left_to_the_check = one.grade in _CURED_BY_THE_CHECK and before != one.grade.name
    if one.grade is Grade.ok or is_left_to_the_check:
        return None
    return _mall_finding(one, run_url) if one.mall_id else _own_finding(one, run_url)


def _own_finding(one: GradedCredential, run_url: str | None) -> Finding:
    _, grade = _MEANS[one.grade]
    is_slack = one.name == SLACK
    kind = IncidentKind.slack_refused if is_slack else IncidentKind.vault_signin_expiring
    facts = {"reason": one.reason, "expires_at": one.expires_at}
    return Finding(subject_of(one), kind, grade, None, facts, run_url)


def _mall_finding(one: GradedCredential, run_url: str | None) -> Finding:
    assert one.mall_id is not None
    kind, grade = _MEANS[one.grade]
    if one.is_unseen:
        kind = IncidentKind.mall_unseen
    elif one.grade is Grade.warning and not _is_near(one):
        kind = IncidentKind.token_ambiguous
    facts = {
        "reason": one.reason,
        "expires_at": one.expires_at,
        "last_refresh_at": one.issued_at,
        "generation": one.generation,
    }
    return Finding(mall_subject(one.mall_id), kind, grade, one.mall_id, facts, run_url)


def kinds_over(one: GradedCredential, incidents: Collection[Incident]) -> set[IncidentKind]:
    """Return the kinds of the credential's open incidents that this grade proves to be over."""
    if one.grade is not Grade.ok:
        was_unseen = any(IncidentKind.mall_unseen == incident.kind for incident in incidents)
        return {IncidentKind.mall_unseen} if was_unseen and not one.is_unseen else set()
    return {
        IncidentKind(incident.kind)
        for incident in incidents
        if incident.kind in _CURED_BY_OK
        or (incident.kind in _CURED_BY_NEW_PAIR and _is_younger(one, incident))
    }


def _is_near(one: GradedCredential) -> bool:
    """Tell a warning about the time left from one about a refresh without an answer."""
    return one.expires_at is not None and one.expires_at - one.checked_at < WARNING_BELOW


def _is_younger(one: GradedCredential, incident: Incident) -> bool:
    return one.issued_at is not None and one.issued_at > incident.opened_at


def _app_is_proved(graded: Sequence[GradedCredential], incidents: Collection[Incident]) -> bool:
    """Tell whether a mall of a refused app got a pair since a mall of it was last refused."""
    refused = [one for one in incidents if one.kind == IncidentKind.app_refused]
    return any(
        one.mall_id in malls_in(incident.facts)
        and one.issued_at is not None
        and one.issued_at > incident.last_seen_at
        for incident in refused
        for one in graded
    )
