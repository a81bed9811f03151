"""Reads automations.yaml: Prefect's own fields, with names where Prefect wants ids."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from prefect.events.actions import Action
from prefect.events.schemas.automations import AutomationCore, Trigger
from pydantic import BaseModel, ValidationError

from cafe24.alerts.languages import texts
from cafe24.alerts.runbook import Runbook
from cafe24.alerts.server_lane import (
    late_template,
    pool_template,
    run_template,
    silence_template,
)
from cafe24.alerts.texts import Texts
from cafe24.errors import SettingsError

TAGS = ("cafe24", "cafe24:automations.yaml")
"""On every automation of ours: the second tells it from one that a person tagged cafe24."""

MARK = "Written by manage.py setup from automations.yaml, which undoes what is changed here."
"""Ends every description of ours: it stays when somebody's edit drops the tags."""

DEAD_MAN = "CAFE24_DEAD_MAN_AFTER"
SHORTEST = timedelta(seconds=10)
"""Prefect takes no shorter time for an event that does not come."""

WORDS: Mapping[str, Callable[[Texts, Runbook, timedelta], str]] = {
    "run": lambda texts, runbook, _: run_template(texts, runbook),
    "late": lambda texts, runbook, _: late_template(texts, runbook),
    "silence": silence_template,
    "pool": lambda texts, runbook, _: pool_template(texts, runbook),
    "zombie": lambda texts, _, __: texts.server_lane.zombie,
    "shard": lambda texts, _, __: texts.server_lane.begun_again,
}
_WORDS_GO_INTO = {"call-webhook": "payload", "change-flow-run-state": "message"}

FindId = Callable[[str], str | None]
"""Gives a deployment's or block document's id by its name, None when there is none."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an entry's names lead to.

    Attributes:
        language: of the words.
        dead_man_after: how long a check may not complete.
        deployment: finds one's id by FLOW/NAME.
        block: finds a document's id by SLUG/NAME.
        runbook: what every message leads to.
    """

    language: str
    dead_man_after: timedelta
    deployment: FindId
    block: FindId
    runbook: Runbook


class Missing(SettingsError):
    """An automation names something that Prefect does not have."""


def read_automations(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of `folder/automations.yaml` as they stand there.

    Raises:
        SettingsError: missing, no YAML, or of another shape.
    """
    try:
        found = yaml.safe_load((folder / "automations.yaml").read_text(encoding="utf-8"))
        entries = found["automations"]
        names = [entry["name"] for entry in entries]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as failure:
        raise SettingsError(f"automations.yaml cannot be read: {failure!r}.") from None
    if len(set(names)) < len(names):
        raise SettingsError("automations.yaml: two automations have one name.")
    return list(entries)


def blocks_named(entry: Mapping[str, Any]) -> list[str]:
    """Return the block documents that an entry notifies through."""
    return [action["block"] for action in entry.get("actions", []) if "block" in action]


def automation(entry: Mapping[str, Any], around: Surroundings) -> AutomationCore:
    """Return the automation that an entry describes.

    Raises:
        SettingsError: a key that nobody reads, or a value that Prefect refuses.
        Missing: a deployment or block that is not there.
    """
    whole = {
        **entry,
        "description": f"{entry.get('description', '')}\n\n{MARK}".strip(),
        "trigger": _trigger(entry["trigger"], around),
        "actions": [_action(one, around) for one in entry.get("actions", [])],
        "tags": list(TAGS),
    }
    try:
        # A copy: Prefect writes into the trigger that it reads.
        core = AutomationCore.model_validate({**whole, "trigger": dict(whole["trigger"])})
    except ValidationError as flaws:
        first = flaws.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"automations.yaml: {entry['name']}: {place}: {first['msg']}."
        ) from None
    _refuse_unread(entry["name"], whole, core)
    return core


def _trigger(trigger: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """Return a trigger with the setting's value for its name."""
    if trigger.get("within") != DEAD_MAN:
        return dict(trigger)
    if around.dead_man_after < SHORTEST:
        raise SettingsError(
            f"{DEAD_MAN} is {around.dead_man_after.total_seconds():g} s; Prefect watches for "
            f"{SHORTEST.total_seconds():g} s at least.",
            f"Set {DEAD_MAN}=13h.",
        )
    return {**trigger, "within": around.dead_man_after.total_seconds()}


def _action(action: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """Return an action with ids for names and the text for its words."""
    ours = {"deployment", "block", "words"}
    filled = {name: value for name, value in action.items() if name not in ours}
    if "deployment" in action:
        filled["deployment_id"] = _id(around.deployment, "deployment", action["deployment"])
    if "block" in action:
        filled["block_document_id"] = _id(around.block, "block", action["block"])
    if "words" in action:
        words = texts(around.language)
        said = WORDS[action["words"]](words, around.runbook, around.dead_man_after)
        filled[_WORDS_GO_INTO[action["type"]]] = said
    return filled


def _id(find: FindId, kind: str, name: str) -> str:
    found = find(name)
    if found is None:
        raise Missing(f"automations.yaml names the {kind} {name}, which is not there.")
    return found


def _refuse_unread(name: str, entry: Mapping[str, Any], core: AutomationCore) -> None:
    """Refuse keys that Prefect would silently drop: a typo must not vanish."""
    pairs: list[tuple[Mapping[str, Any], BaseModel]] = [(entry, core)]
    assert isinstance(core.trigger, Trigger)
    pairs.append((entry["trigger"], core.trigger))
    actions: list[Action] = list(core.actions)
    pairs.extend(zip(entry["actions"], actions, strict=True))
    for given, read in pairs:
        unread = set(given) - set(type(read).model_fields)
        if unread:
            raise SettingsError(f"automations.yaml: {name}: nobody reads {min(unread)!r}.")
