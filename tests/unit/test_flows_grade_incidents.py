"""Which grade opens which incident, and which one proves that an incident is over."""

from datetime import UTC, datetime, timedelta

import pytest

from cafe24.alerts.tables import AlertGrade, Incident, IncidentKind
from cafe24.malls import MallId
from cafe24.tokens.graded import Grade, GradedCredential
from cafe24.tokens.grades import grade_unseen
from tasks.grade_incidents import finding_of, kinds_over

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def graded(
    grade: Grade, left: timedelta = timedelta(days=13), age: timedelta = timedelta(days=1)
) -> GradedCredential:
    return GradedCredential(
        "mall:samplemall", grade, NOW + left, NOW, MallId("samplemall"), NOW - age, 7
    )


def incident(kind: IncidentKind, age: timedelta) -> Incident:
    opened_at = NOW - age
    return Incident(
        mall_id="samplemall",
        subject="mall:samplemall",
        kind=kind.value,
        grade="critical",
        opened_at=opened_at,
        last_seen_at=opened_at,
        remind_at=opened_at,
    )


@pytest.mark.parametrize(
    ("one", "kind", "urgency"),
    [
        (graded(Grade.warning, timedelta(days=2)), "token_expiring", "warning"),
        (graded(Grade.critical, timedelta(hours=20)), "token_expiring", "critical"),
        (graded(Grade.expired, timedelta(hours=-1)), "token_expiring", "critical"),
        (graded(Grade.reauthorize), "reauthorize", "critical"),
        # An open question has the grade warning too, with all its days left.
        (graded(Grade.warning), "token_ambiguous", "warning"),
    ],
    ids=lambda value: getattr(value, "reason", value),
)
def test_what_a_person_must_hear_is_found_at_once(
    one: GradedCredential, kind: str, urgency: str
) -> None:
    finding = finding_of(one, before=None, run_url="http://prefect.example/run")
    assert finding is not None
    assert (finding.kind, finding.grade) == (IncidentKind(kind), AlertGrade(urgency))
    assert finding.plain_facts()["expires_at"]


def test_a_mall_whose_dates_nobody_sees_is_news_with_vaults_own_words() -> None:
    unseen = grade_unseen(MallId("samplemall"), "Vault refused: 403.", NOW)
    finding = finding_of(unseen, before=None, run_url=None)
    assert finding is not None
    assert (finding.kind, finding.grade) == (IncidentKind.mall_unseen, AlertGrade.warning)
    assert finding.facts["reason"] == "Vault refused: 403."


def test_a_mall_that_is_seen_again_is_so_whatever_its_dates_say() -> None:
    unseen = [incident(IncidentKind.mall_unseen, timedelta(hours=6))]
    assert kinds_over(graded(Grade.critical, timedelta(hours=20)), unseen) == {
        IncidentKind.mall_unseen
    }
    assert kinds_over(grade_unseen(MallId("samplemall"), "403", NOW), unseen) == set()


@pytest.mark.parametrize(
    ("name", "kind"), [("slack", "slack_refused"), ("vault:keeper", "vault_signin_expiring")]
)
def test_our_own_credentials_have_kinds_of_their_own(name: str, kind: str) -> None:
    one = GradedCredential(name, Grade.critical, None, NOW, reason="dead")
    finding = finding_of(one, before=None, run_url=None)
    assert finding is not None
    assert (finding.subject, finding.kind, finding.mall_id) == (f"credential:{name}", kind, None)


def test_a_good_grade_is_no_finding() -> None:
    assert finding_of(graded(Grade.ok), before=None, run_url=None) is None


@pytest.mark.parametrize("grade", [Grade.overdue, Grade.unfinished])
def test_what_the_check_cures_itself_is_news_only_when_it_did_not_help(grade: Grade) -> None:
    assert finding_of(graded(grade), before="ok", run_url=None) is None
    again = finding_of(graded(grade), before=grade.name, run_url=None)
    assert again is not None
    assert again.kind == f"token_{grade.name}"


def test_a_good_grade_is_the_end_of_what_dates_and_status_tell() -> None:
    old = [incident(kind, timedelta(days=2)) for kind in IncidentKind]
    over = kinds_over(graded(Grade.ok), old)
    assert IncidentKind.reauthorize in over
    assert IncidentKind.token_expiring in over
    assert IncidentKind.sync_failed not in over


def test_good_dates_say_nothing_of_a_refresh_that_failed_since() -> None:
    failed = [incident(IncidentKind.app_refused, age=timedelta(hours=1))]
    assert kinds_over(graded(Grade.ok, age=timedelta(days=1)), failed) == set()
    assert kinds_over(graded(Grade.ok, age=timedelta(minutes=1)), failed) == {
        IncidentKind.app_refused
    }


def test_a_bad_grade_ends_nothing() -> None:
    open_now = [incident(IncidentKind.token_expiring, timedelta(days=1))]
    assert kinds_over(graded(Grade.overdue), open_now) == set()
