"""Puts the automations of automations.yaml in place, and touches nobody else's."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.filters import AutomationFilter, AutomationFilterTags
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from blocks.automations_yaml import (
    MARK,
    TAGS,
    Missing,
    Surroundings,
    automation,
    blocks_named,
    read_automations,
)
from blocks.change import PAUSED, Change, differing
from cafe24.alerts.runbook import Runbook
from cafe24.settings import Settings

PAGE = 200

_COMPARED = ("description", "trigger", "actions", "tags")


def automation_changes(
    client: SyncPrefectClient, settings: Settings, folder: Path
) -> Iterator[Change]:
    """Yield what each of our automations needs, those that are ours no longer included.

    Ours are told by their tags; one whose tags an edit dropped, by its name and the mark in
    its description, because it must not get a twin that says everything twice. Without
    either it is somebody's own, and stays, whatever it is called. One that somebody paused
    stays paused.

    Raises:
        SettingsError: automations.yaml is damaged, or a setting it names cannot be used.
    """
    around = Surroundings(
        settings.language,
        settings.dead_man_after,
        partial(_deployment_id, client),
        partial(_block_id, client),
        Runbook(settings.runbook_url),
    )
    held = _ours(client)
    for entry in usable_entries(settings, folder):
        name = entry["name"]
        twins = _in_order(one for one in held if one.name == name)
        yield _change(client, entry, around, twins[:1] or _untagged(client, name))
        for twin in twins[1:]:
            yield _removal(client, twin)
        held = [one for one in held if one.name != name]
    for one in held:
        yield _removal(client, one)


def usable_entries(settings: Settings, folder: Path) -> list[dict[str, Any]]:
    """Return the file's entries; without a webhook, those that notify by it are left out."""
    entries = read_automations(folder)
    return [one for one in entries if settings.slack_webhook_url or not blocks_named(one)]


def _change(
    client: SyncPrefectClient,
    entry: dict[str, Any],
    around: Surroundings,
    twins: Sequence[Automation],
) -> Change:
    what = f"automation {entry['name']}"
    if not twins:
        return Change(what, "create", lambda: _create(client, automation(entry, around)))
    held = twins[0]
    try:
        because = differing(_compared(automation(entry, around)), _compared(held))
    except Missing as missing:
        because = (missing.message,)
    if not because:
        return Change(what, "keep", because=() if held.enabled else (PAUSED,))
    return Change(
        what,
        "update",
        lambda: _update(client, held, automation(entry, around)),
        because,
    )


def _removal(client: SyncPrefectClient, one: Automation) -> Change:
    return Change(f"automation {one.name}", "remove", lambda: _remove(client, one))


def _create(client: SyncPrefectClient, core: AutomationCore) -> None:
    """Create one, and leave one: Prefect takes a name twice, and two setups may run at once.

    Each looks again after it created its own, so the later sees both, and both keep the same.
    """
    client.create_automation(core)
    for twin in _in_order(one for one in _ours(client) if one.name == core.name)[1:]:
        _remove(client, twin)


def _update(client: SyncPrefectClient, one: Automation, core: AutomationCore) -> None:
    with _unless_gone():  # it was taken for a twin of one that was made of the same file
        client.update_automation(one.id, core)


def _remove(client: SyncPrefectClient, one: Automation) -> None:
    with _unless_gone():
        client.delete_automation(one.id)


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Let an automation go that another setup removed at this very moment."""
    try:
        yield
    except PrefectHTTPStatusError as refusal:
        if refusal.response.status_code != HTTPStatus.NOT_FOUND:
            raise


def _in_order(automations: Iterable[Automation]) -> list[Automation]:
    """Return them in an order that every setup sees alike."""
    return sorted(automations, key=lambda one: one.id)


def _untagged(client: SyncPrefectClient, name: str) -> list[Automation]:
    """Return one of ours of this name that lost its tags."""
    named = client.read_automations_by_name(name)
    return _in_order(one for one in named if one.description.endswith(MARK))[:1]


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
