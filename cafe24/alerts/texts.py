"""What a language must be able to say about alerts; the words are in `texts_*`.

Patterns may use the names of an incident's facts and `mall_id`, `who` and `left`.
A fact that is missing from a command is shown as its name in capitals.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cafe24.alerts.moments import Units
from cafe24.alerts.tables import IncidentKind, Purpose

SNOOZE = "snooze {mall_id} 4h"
"""What to run, after `manage.py`, to hear no reminders for a while."""

SNOOZE_APP = "snooze {client_id} 4h --app"
"""The same for what is wrong with an app."""


@dataclass(frozen=True, slots=True)
class KindText:
    """How one kind of incident is told.

    Attributes:
        name: what it is called in lists and in the recovery message.
        title: the headline while nothing is known of an end.
        what: what happened and what follows from it.
        todo: what to do now.
        command: what to run, after `manage.py`.
        title_with_left: the headline while there is time left.
        title_of_many: the headline when it is about several malls; takes `malls`, how many.
    """

    name: str
    title: str
    what: str
    todo: str
    command: str
    title_with_left: str = ""
    title_of_many: str = ""


@dataclass(frozen=True, slots=True)
class ServerLaneTexts:
    """The words of what the Prefect server sends by itself.

    Attributes:
        zombie: why the server ended a run, which its message then says.
        begun_again: why the server lets a crashed shard wait for a worker again.
        shard_todo: what to do about a crashed shard that is begun again by itself.
        silence_title: the headline of a check that does not come; takes `left`, as `silence`.
        pool_title: what follows the work pool's name in the headline.
    """

    state_names: Mapping[str, str]
    run: str
    deployment: str
    when: str
    reason: str
    todo_title: str
    todo: str
    open_run: str
    context: str
    zombie: str
    begun_again: str
    shard_todo: str
    late: str
    planned: str
    start_worker: str
    silence_title: str
    silence: str
    silence_todo: str
    last_completed: str
    open_runs: str
    pool_title: str
    pool: str
    open_pool: str


@dataclass(frozen=True, slots=True)
class Texts:
    """One language."""

    kinds: Mapping[IncidentKind, KindText]
    facts: Mapping[str, str]
    grades: Mapping[str, str]
    purposes: Mapping[Purpose, str]
    units: Units
    mall: str
    app: str
    credential: str
    reason: str
    grade: str
    since: str
    since_ago: str
    left: str
    left_until: str
    dead: str
    ended_at: str
    todo_title: str
    open_run: str
    open_form: str
    runbook: str
    snooze: str
    incident: str
    recovered_title: str
    recovered_what: str
    recovered_at: str
    lasted: str
    digest_title: str
    digest_group: str
    digest_note: str
    server_lane: ServerLaneTexts
