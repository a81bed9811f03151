"""What somebody found wrong, on its way to an incident."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cafe24.alerts.tables import AlertGrade, Fact, IncidentKind
from cafe24.malls import MallId

_APP = "app:"


def credential_subject(name: str) -> str:
    """Return the subject of one of our own credentials, such as `vault:keeper` or `slack`."""
    return f"credential:{name}"


def app_subject(client_id: str) -> str:
    """Return the subject of an app that many malls consented to."""
    return f"{_APP}{client_id}"


def is_app(subject: str) -> bool:
    """Tell whether an app is what it is about."""
    return subject.startswith(_APP)


def mall_subject(mall: MallId) -> str:
    """Return the subject of a mall."""
    return f"mall:{mall}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, as its finder saw it.

    Attributes:
        facts: plain facts for the message: `reason` (text), `expires_at` (aware time),
            and whatever the kind's texts name. Aware times become RFC 3339.
        run_url: the Prefect run that found it.
        instead_of: subjects whose open incident of this kind goes on as this one: what
            was one mall's trouble has turned out to be its app's.
    """

    subject: str
    kind: IncidentKind
    grade: AlertGrade
    mall_id: MallId | None = None
    facts: Mapping[str, Fact | datetime] = field(default_factory=dict)
    run_url: str | None = None
    instead_of: tuple[str, ...] = ()

    def plain_facts(self) -> dict[str, Fact]:
        """Return the facts as JSON can hold them.

        Raises:
            TypeError: a fact is neither plain nor an aware time; a secret's wrapper is not.
        """
        return {name: _plain(name, value) for name, value in self.facts.items()}


def _plain(name: str, value: Fact | datetime) -> Fact:
    if isinstance(value, datetime) and value.tzinfo:
        return value.isoformat()
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"The fact {name!r} is a {type(value).__name__}, not a plain value.")
