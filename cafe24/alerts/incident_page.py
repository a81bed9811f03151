"""Tells of an incident as a page of Markdown, in the words that Slack gets.

Texts from outside stand on it as they are: nothing in them is markup.
"""

import string
from collections.abc import Iterator, Sequence
from datetime import datetime

from cafe24.alerts.block_kit import cleaned, cut
from cafe24.alerts.messages import Writer
from cafe24.alerts.moments import shown
from cafe24.alerts.news import (
    FACT_LIMIT,
    MARKS_FROM_BEST,
    command,
    expires_at,
    headline,
    told_kind,
    who,
)
from cafe24.alerts.runbook import section
from cafe24.alerts.tables import Incident, IncidentKind, Purpose
from cafe24.alerts.texts import Texts

_OVER, _WARNING, _CRITICAL = MARKS_FROM_BEST
_ESCAPED = str.maketrans(
    {one: f"\\{one}" for one in string.punctuation} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def incident_page(
    writer: Writer, incident: Incident, still_open: Sequence[Incident], now: datetime
) -> str:
    """Return the page: the incident as it stands, and a line for each other open one.

    Args:
        writer: its language, and what it links to.
        incident: the one that the page is about.
        still_open: all that are open.
        now: when the page is made.
    """
    texts = writer.texts
    parts = [
        f"## {_mark(incident)} {_plain(who(incident))}: {_title(texts, incident, now)}",
        *(_recovery(texts, incident) if incident.closed_at else _trouble(texts, incident, now)),
        " · ".join(_links(writer, incident, now)),
        "\n".join(f"- {_line(texts, one)}" for one in still_open if one.id != incident.id),
    ]
    return "\n\n".join(filter(None, parts))


def _title(texts: Texts, incident: Incident, now: datetime) -> str:
    kind = texts.kinds[told_kind(incident, now)]
    return kind.name if incident.closed_at else headline(kind, incident)


def _trouble(texts: Texts, incident: Incident, now: datetime) -> Iterator[str]:
    kind, ends = texts.kinds[told_kind(incident, now)], expires_at(incident)
    yield kind.what
    if reason := incident.facts.get("reason"):
        yield f"> {texts.reason}: {_plain(str(reason))}"
    yield _table(
        {
            texts.incident.format(number=incident.number): texts.grades[incident.grade],
            texts.since: shown(incident.opened_at),
            texts.left: _left(texts, ends, now) if ends else "",
        }
    )
    yield f"**{texts.todo_title}**: {kind.todo}"
    yield f"```\n{command(kind, incident)}\n```"


def _recovery(texts: Texts, incident: Incident) -> Iterator[str]:
    assert incident.closed_at is not None
    lasted = texts.units.words(incident.closed_at - incident.opened_at)
    name = texts.kinds[IncidentKind(incident.kind)].name
    yield texts.recovered_what.format(name=name, lasted=lasted).replace("*", "**")
    yield _table(
        {
            texts.incident.format(number=incident.number): texts.purposes[Purpose.recovered],
            texts.since: shown(incident.opened_at),
            texts.recovered_at: shown(incident.closed_at),
        }
    )


def _left(texts: Texts, ends: datetime, now: datetime) -> str:
    if ends <= now:
        return texts.ended_at.format(moment=shown(ends))
    return texts.left_until.format(left=texts.units.words(ends - now), moment=shown(ends))


def _table(pairs: dict[str, str]) -> str:
    """Return the pairs that have a value, the first one always, as a table without a head."""
    (first, grade), *rest = pairs.items()
    lines = [f"| {first} | {grade} |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rest if value)])


def _links(writer: Writer, incident: Incident, now: datetime) -> Iterator[str]:
    texts = writer.texts
    if incident.run_url:
        yield f"[{texts.open_run}]({incident.run_url})"
    if incident.closed_at:
        return
    form = writer.form_url(incident.mall_id) if incident.mall_id else None
    if form:
        yield f"[{texts.open_form}]({form})"
    place = writer.runbook.place(section(told_kind(incident, now)))
    yield f"[{texts.runbook}]({place})" if writer.runbook.url else f"{texts.runbook}: `{place}`"


def _line(texts: Texts, incident: Incident) -> str:
    number = texts.incident.format(number=incident.number)
    name = texts.kinds[IncidentKind(incident.kind)].name
    since = f"{texts.since.lower()} {shown(incident.opened_at)}"
    return f"{_mark(incident)} {number}, {_plain(who(incident))}: {name}, {since}"


def _mark(incident: Incident) -> str:
    if incident.closed_at:
        return _OVER
    return _WARNING if incident.grade == "warning" else _CRITICAL


def _plain(text: str) -> str:
    return cut(cleaned(text), FACT_LIMIT).translate(_ESCAPED)
