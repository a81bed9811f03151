"""One message about many incidents, grouped by what is to be done about them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from cafe24.alerts import block_kit
from cafe24.alerts.channel import SlackMessage
from cafe24.alerts.moments import shown
from cafe24.alerts.news import News, command, shown_who, told_kind
from cafe24.alerts.runbook import Runbook, section
from cafe24.alerts.tables import IncidentKind, Purpose
from cafe24.alerts.texts import Texts

SECTION_LIMIT = 2000


def digest(texts: Texts, all_news: Sequence[News], now: datetime, runbook: Runbook) -> SlackMessage:
    """Write one message that names every incident, the worst first."""
    worst = max(all_news, key=lambda news: news.rank).mark
    title = f"{worst} {texts.digest_title.format(count=len(all_news))}"
    by_group = partial(_group, now)
    groups = groupby(sorted(all_news, key=by_group), key=by_group)
    parts = [
        part
        for (_, kind, _), group in groups
        for part in _sections(texts, kind, list(group), runbook)
    ]
    blocks = [
        block_kit.header(title),
        *map(block_kit.section, parts),
        block_kit.context(f"{texts.digest_note} · {shown(now)}"),
    ]
    return SlackMessage(
        text=title,
        blocks=block_kit.as_json(blocks),
        message_ids=tuple(line for news in all_news for line in news.message_ids),
        incident_ids=tuple(news.incident.number for news in all_news),
    )


def _group(now: datetime, news: News) -> tuple[int, IncidentKind, str]:
    return -news.rank, told_kind(news.incident, now), news.purpose.value


def _sections(
    texts: Texts, kind: IncidentKind, group: Sequence[News], runbook: Runbook
) -> Iterator[str]:
    """Yield a group's parts: its name with every incident, then what to do about each."""
    first = group[0]
    head = texts.digest_group.format(
        name=texts.kinds[kind].name, purpose=texts.purposes[first.purpose], count=len(group)
    )
    told = [f"#{news.incident.number} {shown_who(news.incident)}" for news in group]
    for part in _lines_within(told, SECTION_LIMIT):
        yield f"{first.mark} {head}\n{part}"
    if first.purpose is not Purpose.recovered:
        guide = block_kit.guide(runbook, section(kind), texts.runbook)
        yield f"```{command(texts.kinds[kind])}```\n{guide}"


def _lines_within(items: Sequence[str], limit: int) -> Iterator[str]:
    """Yield the items in lines of at most `limit` characters; no item is cut."""
    line = ""
    for item in items:
        if line and len(line) + len(item) + 2 > limit:
            yield line
            line = ""
        line = f"{line}, {item}" if line else item
    yield line
