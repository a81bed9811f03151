"""Reads automations.yaml: Prefect's own fields, with names where Prefect wants ids."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from prefect.events.actions import Action
from prefect.events.schemas.automations import AutomationCore, Trigger
from pydantic import BaseModel, ValidationError

from cafe24.alerts.languages import texts
from cafe24.alerts.server_lane import run_template
from cafe24.errors import SettingsError

TAGS = ("cafe24", "cafe24:automations.yaml")
"""On every automation of ours: the second tells it from one that a person tagged cafe24."""

WORDS = {"run": run_template}

FindId = Callable[[str], str | None]
"""Gives a deployment's or block document's id by its name, None when there is none."""


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


def automation(
    entry: Mapping[str, Any], language: str, deployment: FindId, block: FindId
) -> AutomationCore:
    """Return the automation that an entry describes.

    Raises:
        SettingsError: a key that nobody reads, or a value that Prefect refuses.
        Missing: a deployment or block that is not there.
    """
    actions = [_action(one, language, deployment, block) for one in entry.get("actions", [])]
    whole = {**entry, "actions": actions, "tags": list(TAGS)}
    try:
        core = AutomationCore.model_validate(whole)
    except ValidationError as flaws:
        first = flaws.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"automations.yaml: {entry['name']}: {place}: {first['msg']}."
        ) from None
    _refuse_unread(entry["name"], whole, core)
    return core


def _action(
    action: Mapping[str, Any], language: str, deployment: FindId, block: FindId
) -> dict[str, Any]:
    """Return an action with ids for names and the text for its words."""
    ours = {"deployment", "block", "words"}
    filled = {name: value for name, value in action.items() if name not in ours}
    if "deployment" in action:
        filled["deployment_id"] = _id(deployment, "deployment", action["deployment"])
    if "block" in action:
        filled["block_document_id"] = _id(block, "block", action["block"])
    if "words" in action:
        filled["body"] = WORDS[action["words"]](texts(language))
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
