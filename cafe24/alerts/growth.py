"""What a finding makes of an incident that is open already."""

from datetime import datetime, timedelta
from typing import Any

from cafe24.alerts.findings import Finding
from cafe24.alerts.several_malls import united
from cafe24.alerts.superseding import milder_than, worse_than
from cafe24.alerts.tables import AlertGrade, Fact, Incident, Purpose

# A quarter of an hour short, because a check that runs every six hours would
# otherwise come seconds too early and remind every twelve.
REMIND_AFTER = {
    AlertGrade.warning: timedelta(days=1, minutes=-15),
    AlertGrade.critical: timedelta(hours=6, minutes=-15),
}


def new_values(
    incident: Incident,
    finding: Finding,
    facts: dict[str, Fact],
    purpose: Purpose | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the incident's new values."""
    is_worse = finding.grade.outranks(incident.grade)
    grade = finding.grade if is_worse else AlertGrade(incident.grade)
    changes: dict[str, Any] = {"last_seen_at": now, "grade": grade.value}
    if incident.kind not in worse_than(finding.kind):
        changes |= {
            "kind": finding.kind.value,
            "subject": finding.subject,
            "mall_id": finding.mall_id,
            "facts": united(incident.facts, facts),
            "run_url": finding.run_url or incident.run_url,
        }
    if purpose is not None:
        changes["remind_at"] = now + REMIND_AFTER[grade]
    if purpose is Purpose.escalated:
        changes["escalated_at"] = now
    return changes


def news(incident: Incident, finding: Finding, now: datetime) -> Purpose | None:
    """Tell what Slack should hear about an incident that is still there."""
    if finding.grade.outranks(incident.grade) or is_more_than(finding, incident):
        return Purpose.escalated
    is_snoozed = incident.snoozed_until is not None and now < incident.snoozed_until
    return Purpose.reminder if incident.remind_at <= now and not is_snoozed else None


def is_more_than(finding: Finding, incident: Incident) -> bool:
    """Tell whether the finding is a trouble of its own that the open incident goes on as."""
    return incident.kind in milder_than(finding.kind) or incident.subject != finding.subject
