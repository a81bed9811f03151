"""Writes what Slack is told about incidents.

Every message says which mall, what happened, since when, how long is left, what
to do now with the exact command, and links to where it is done.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cafe24.alerts import block_kit
from cafe24.alerts.block_kit import KitBlock, escaped
from cafe24.alerts.channel import SlackMessage
from cafe24.alerts.digests import digest
from cafe24.alerts.findings import is_app
from cafe24.alerts.moments import shown
from cafe24.alerts.news import (
    News,
    command,
    expires_at,
    filled,
    headline,
    shown_fact,
    shown_who,
    told_kind,
    who,
)
from cafe24.alerts.runbook import UNSHOWN, Runbook, section
from cafe24.alerts.tables import Incident, IncidentKind, Purpose
from cafe24.alerts.texts import SNOOZE, SNOOZE_APP, Texts


def _no_form(_mall_id: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes messages in one language.

    Attributes:
        form_url: gives the address of the authorize-mall form with the mall filled in.
        runbook: what every message about trouble leads to.
    """

    texts: Texts
    form_url: Callable[[str], str | None] = _no_form
    runbook: Runbook = UNSHOWN

    def alert(self, news: News, now: datetime) -> SlackMessage:
        """Write the message of one incident."""
        is_over = news.purpose is Purpose.recovered
        title = self._recovered_title(news) if is_over else self._title(news, now)
        body = self._recovery(news.incident, now) if is_over else self._trouble(news, now)
        number = self.texts.incident.format(number=news.incident.number)
        footer = f"{number} · {self.texts.purposes[news.purpose]} · {shown(now)}"
        blocks = [block_kit.header(title), *body, block_kit.context(footer)]
        return SlackMessage(
            text=f"{escaped(title, block_kit.HEADER_LIMIT)} · {number}",
            blocks=block_kit.as_json(blocks),
            message_ids=news.message_ids,
            incident_ids=(news.incident.number,),
            is_loud=news.purpose is Purpose.escalated,
        )

    def digest(self, all_news: Sequence[News], now: datetime) -> SlackMessage:
        """Write one message about many incidents."""
        return digest(self.texts, all_news, now, self.runbook)

    def _title(self, news: News, now: datetime) -> str:
        kind = self.texts.kinds[told_kind(news.incident, now)]
        ends = expires_at(news.incident)
        title = headline(kind, news.incident)
        if ends and ends > now and kind.title_with_left:
            title = kind.title_with_left.format(left=self.texts.units.words(ends - now))
        return f"{news.mark} {who(news.incident)}: {title}"

    def _trouble(self, news: News, now: datetime) -> Iterator[KitBlock]:
        incident = news.incident
        kind = self.texts.kinds[told_kind(incident, now)]
        yield block_kit.section(f"{kind.what}{self._reason(incident)}")
        yield from block_kit.fields(self._facts(incident, now))
        yield block_kit.section(
            f"*{self.texts.todo_title}*\n{kind.todo}\n```{command(kind, incident)}```"
        )
        yield block_kit.section(" · ".join(self._links(incident, now)))
        if incident.mall_id or is_app(incident.subject):
            pattern = SNOOZE if incident.mall_id else SNOOZE_APP
            told = self.texts.snooze.format(command=filled(pattern, incident))
            yield block_kit.context(told)

    def _recovered_title(self, news: News) -> str:
        name = self.texts.kinds[IncidentKind(news.incident.kind)].name
        title = self.texts.recovered_title.format(who=who(news.incident), name=name)
        return f"{news.mark} {title}"

    def _recovery(self, incident: Incident, now: datetime) -> Iterator[KitBlock]:
        texts = self.texts
        ended = incident.closed_at or now
        lasted = texts.units.words(ended - incident.opened_at)
        name = texts.kinds[IncidentKind(incident.kind)].name
        yield block_kit.section(texts.recovered_what.format(name=name, lasted=lasted))
        yield from block_kit.fields(
            {
                self._subject(incident): shown_who(incident),
                texts.lasted: lasted,
                texts.since: shown(incident.opened_at),
                texts.recovered_at: shown(ended),
            }
        )

    def _facts(self, incident: Incident, now: datetime) -> dict[str, str]:
        texts = self.texts
        pairs = {
            self._subject(incident): shown_who(incident),
            texts.grade: texts.grades[incident.grade],
            texts.since: self._since(incident, now),
        }
        if left := self._left(incident, now):
            pairs[texts.left] = left
        known = {name: incident.facts.get(name) for name in texts.facts}
        told = {name: fact for name, fact in known.items() if fact is not None and fact != ""}
        return pairs | {texts.facts[name]: shown_fact(fact) for name, fact in told.items()}

    def _left(self, incident: Incident, now: datetime) -> str | None:
        """Return how long is left; a dead token has nothing left, whatever its dates say."""
        ends = expires_at(incident)
        if ends is not None and ends <= now:
            return self.texts.ended_at.format(moment=shown(ends))
        if incident.kind == IncidentKind.reauthorize:
            return self.texts.dead
        if ends is None:
            return None
        return self.texts.left_until.format(
            left=self.texts.units.words(ends - now), moment=shown(ends)
        )

    def _reason(self, incident: Incident) -> str:
        reason = incident.facts.get("reason")
        return f"\n> {self.texts.reason}: {shown_fact(reason)}" if reason else ""

    def _since(self, incident: Incident, now: datetime) -> str:
        """Return when it began, and how long ago once that is worth saying."""
        moment = shown(incident.opened_at)
        if moment == shown(now):
            return moment
        ago = self.texts.units.words(now - incident.opened_at)
        return self.texts.since_ago.format(moment=moment, ago=ago)

    def _links(self, incident: Incident, now: datetime) -> Iterator[str]:
        if incident.run_url:
            yield block_kit.link(incident.run_url, self.texts.open_run)
        form = self.form_url(incident.mall_id) if incident.mall_id else None
        if form:
            yield block_kit.link(form, self.texts.open_form)
        name = section(told_kind(incident, now))
        yield block_kit.guide(self.runbook, name, self.texts.runbook)

    def _subject(self, incident: Incident) -> str:
        if incident.mall_id:
            return self.texts.mall
        return self.texts.app if is_app(incident.subject) else self.texts.credential
