"""Puts the automations of automations.yaml in place, and touches nobody else's."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.filters import AutomationFilter, AutomationFilterTags
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectNotFound

from blocks.automations_yaml import TAGS, Missing, automation, blocks_named, read_automations
from blocks.change import PAUSED, Change, differing
from cafe24.settings import Settings

PAGE = 200

_COMPARED = ("description", "trigger", "actions", "tags")


def automation_changes(
    client: SyncPrefectClient, settings: Settings, folder: Path
) -> Iterator[Change]:
    """Yield what each of our automations needs, those that are ours no longer included.

    Ours are told by their tags; where none has them, by its name, because one that lost
    its tags must not get a twin that says everything twice. One that somebody paused
    stays paused.

    Raises:
        SettingsError: automations.yaml is damaged.
    """
    held = _ours(client)
    for entry in usable_entries(settings, folder):
        twins = [one for one in held if one.name == entry["name"]]
        twins = twins or client.read_automations_by_name(entry["name"])[:1]
        yield _change(client, settings, entry, twins[:1])
        for twin in twins[1:]:
            yield _removal(client, twin)
        held = [one for one in held if one.name != entry["name"]]
    for one in held:
        yield _removal(client, one)


def usable_entries(settings: Settings, folder: Path) -> list[dict[str, Any]]:
    """Return the file's entries; without a webhook, those that notify by it are left out."""
    entries = read_automations(folder)
    return [one for one in entries if settings.slack_webhook_url or not blocks_named(one)]


def _change(
    client: SyncPrefectClient,
    settings: Settings,
    entry: dict[str, Any],
    twins: Sequence[Automation],
) -> Change:
    what = f"automation {entry['name']}"

    def wanted() -> AutomationCore:
        return automation(
            entry, settings.language, partial(_deployment_id, client), partial(_block_id, client)
        )

    if not twins:
        return Change(what, "create", lambda: _create(client, wanted()))
    held = twins[0]
    try:
        because = differing(_compared(wanted()), _compared(held))
    except Missing as missing:
        because = (missing.message,)
    if not because:
        return Change(what, "keep", because=() if held.enabled else (PAUSED,))
    return Change(what, "update", lambda: client.update_automation(held.id, wanted()), because)


def _removal(client: SyncPrefectClient, one: Automation) -> Change:
    return Change(f"automation {one.name}", "remove", lambda: client.delete_automation(one.id))


def _create(client: SyncPrefectClient, core: AutomationCore) -> None:
    client.create_automation(core)


def _ours(client: SyncPrefectClient) -> list[Automation]:
    """Return the automations with our tags."""
    ours = AutomationFilter(tags=AutomationFilterTags(all_=list(TAGS)))
    found: list[Automation] = []
    while page := client.read_automations(automations=ours, limit=PAGE, offset=len(found)):
        found.extend(page)
    return found


def _compared(core: AutomationCore) -> dict[str, Any]:
    """Return what is compared: not whether it is enabled, which is the operator's.

    As Python's values: as JSON a set of events would come in any order.
    """
    return core.model_dump(include=set(_COMPARED))


def _deployment_id(client: SyncPrefectClient, name: str) -> str | None:
    try:
        return str(client.read_deployment_by_name(name).id)
    except ObjectNotFound:
        return None


def _block_id(client: SyncPrefectClient, slug_and_name: str) -> str | None:
    slug, _, name = slug_and_name.partition("/")
    try:
        return str(client.read_block_document_by_name(name, slug).id)
    except ObjectNotFound:
        return None
