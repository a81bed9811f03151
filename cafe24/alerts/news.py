"""What is to be told about one incident, and how its facts are shown in Slack."""

import re
from dataclasses import dataclass
from datetime import datetime

from cafe24.alerts.block_kit import cut, escaped
from cafe24.alerts.moments import shown
from cafe24.alerts.several_malls import how_many
from cafe24.alerts.tables import Fact, Incident, IncidentKind, Purpose
from cafe24.alerts.texts import KindText
from cafe24.commands import MANAGE

WHO_LIMIT = 80
FACT_LIMIT = 600

MARKS_FROM_BEST = ("✅", "🟡", "🔴")
_RECOVERED, _WARNING, _CRITICAL = MARKS_FROM_BEST

# People paste commands into a shell: whatever could mean something there is not shown.
_SHELL_WORD = re.compile(r"[A-Za-z0-9_.,:/@%+=-]{1,200}")


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told about one incident, and the outbox lines that ask for it."""

    incident: Incident
    purpose: Purpose
    message_ids: tuple[int, ...]

    @property
    def mark(self) -> str:
        """The coloured mark that says at a glance how bad it is."""
        if self.purpose is Purpose.recovered:
            return _RECOVERED
        return _WARNING if self.incident.grade == "warning" else _CRITICAL

    @property
    def rank(self) -> int:
        """How bad it is: greater is worse."""
        return MARKS_FROM_BEST.index(self.mark)


def who(incident: Incident) -> str:
    """Return whom it is about: the mall, the app, or one of our own credentials."""
    return cut(incident.mall_id or incident.subject.partition(":")[2], WHO_LIMIT)


def shown_who(incident: Incident) -> str:
    """Return whom it is about, as mrkdwn."""
    return f"`{escaped(who(incident), WHO_LIMIT)}`"


def shown_fact(fact: Fact) -> str:
    """Return a fact as mrkdwn: times in the reader's zone, figures with their commas."""
    if isinstance(fact, str):
        moment = _moment(fact)
        return shown(moment) if moment else escaped(fact, FACT_LIMIT)
    is_figure = isinstance(fact, int) and not isinstance(fact, bool)
    return escaped(f"{fact:,}" if is_figure else str(fact), FACT_LIMIT)


def expires_at(incident: Incident) -> datetime | None:
    """Return when the incident's credential ends, if that is known."""
    told = incident.facts.get("expires_at")
    return _moment(told) if isinstance(told, str) else None


def told_kind(incident: Incident, now: datetime) -> IncidentKind:
    """Return the kind to tell it as: a token that has ended needs consent, not a refresh."""
    kind, ends = IncidentKind(incident.kind), expires_at(incident)
    has_ended = ends is not None and ends <= now
    is_token = kind is IncidentKind.token_expiring
    return IncidentKind.reauthorize if is_token and has_ended else kind


def headline(kind: KindText, incident: Incident) -> str:
    """Return the headline, whatever is left: of one subject, or of how many malls."""
    malls = how_many(incident.facts)
    return kind.title_of_many.format(malls=f"{malls:,}") if malls else kind.title


def command(kind: KindText, incident: Incident | None = None) -> str:
    """Return the command to run; what is unknown or unsafe stands as its name in capitals."""
    return filled(kind.command, incident)


def filled(pattern: str, incident: Incident | None = None) -> str:
    """Return a command with an incident's facts in it. See `command`."""
    known = {**incident.facts, "mall_id": incident.mall_id} if incident else {}
    words = {name: str(value) for name, value in known.items() if value is not None}
    safe = {name: word for name, word in words.items() if _SHELL_WORD.fullmatch(word)}
    return f"{MANAGE} {pattern.format_map(_Capitals(safe))}"


class _Capitals(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return name.upper()


def _moment(text: str) -> datetime | None:
    """Return an aware time that a text is, or None."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
