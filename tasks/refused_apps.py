"""Malls that fail for their app's secret have one trouble, which is the app's.

Where one mall alone is refused, that is the mall's own incident, as long as no other mall of
its app is. With a second one, in the same run or in another, it goes on as the app's.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cafe24.alerts.findings import Finding, app_subject, mall_subject
from cafe24.alerts.recording import Recording
from cafe24.alerts.several_malls import facts_of_malls
from cafe24.alerts.tables import AlertGrade, Fact, Incident, IncidentKind
from cafe24.errors import AppRefused
from cafe24.malls import MallId
from tasks.each_mall import Answer

KIND = IncidentKind.app_refused


@dataclass(frozen=True, slots=True)
class RefusedApp:
    """An app that Cafe24 refused for these malls, and for whom it took no secret meanwhile.

    Attributes:
        reason: what was said of the last of them.
    """

    client_id: str
    malls: tuple[MallId, ...]
    reason: str


def proved_apps(
    answers: Sequence[Answer[Any]], proves: Callable[[Any], str | None]
) -> frozenset[str]:
    """Return the apps whose secret was taken for one of the answers.

    Where it was, what others were refused for is their own: the app is known and right.
    """
    apps = (proves(answer.value) for answer in answers if answer.value is not None)
    return frozenset(app for app in apps if app)


def refused_apps(
    answers: Sequence[Answer[Any]], proves: Callable[[Any], str | None]
) -> list[RefusedApp]:
    """Return the apps that were refused and never taken, each with its malls."""
    refused: dict[str, dict[MallId, str]] = defaultdict(dict)
    for answer in answers:
        if isinstance(answer.error, AppRefused) and answer.error.client_id:
            refused[answer.error.client_id][answer.mall_id] = answer.error.message
    proved = proved_apps(answers, proves)
    return [
        RefusedApp(app, tuple(malls), [*malls.values()][-1])
        for app, malls in refused.items()
        if app not in proved
    ]


def app_finding(
    app: RefusedApp,
    recording: Recording,
    known: Mapping[str, Fact | datetime],
    run_url: str | None,
) -> Finding | None:
    """Return the app's trouble; None where it is one mall's own as far as anybody knows."""
    is_open, others = False, list[Incident]()
    for incident in recording.open_of(KIND):
        is_open = is_open or incident.subject == app_subject(app.client_id)
        if incident.mall_id and incident.facts.get("client_id") == app.client_id:
            others.append(incident)
    malls = {*app.malls} if is_open else {*app.malls, *(str(one.mall_id) for one in others)}
    if not is_open and len(malls) == 1:
        return None
    facts = {
        "reason": app.reason,
        **known,
        "client_id": app.client_id,
        **facts_of_malls(malls),
    }
    return Finding(
        app_subject(app.client_id),
        KIND,
        AlertGrade.critical,
        facts=facts,
        run_url=run_url,
        instead_of=tuple(mall_subject(MallId(str(one.mall_id))) for one in others),
    )
