"""Puts everything in place in Prefect, or tells what is not: `manage.py setup [--diff]`.

Twice equals once: what is as wanted is left alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client

from blocks.automations import automation_changes
from blocks.change import Change
from blocks.deployments import deployment_changes
from blocks.prefect_api import prefect_errors
from blocks.prefect_server import forgets_leases, refuse_no_server, refuse_unfit_server
from blocks.registration import block_changes, has_monitor
from blocks.work_pool import work_pool_changes
from cafe24.settings import PROJECT, Settings


@dataclass(frozen=True, slots=True)
class SetupReport:
    """What was done, or would be.

    Attributes:
        changes: one for each thing, those that are as they should be included.
        notes: what a person should know besides.
        done: whether the changes were carried out.
    """

    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    done: bool

    @property
    def has_drift(self) -> bool:
        """Whether something was not as wanted."""
        return any(change.is_drift for change in self.changes)

    @property
    def lines(self) -> list[str]:
        """The report for people: one line a thing, then the notes."""
        return [*(change.line(done=self.done) for change in self.changes), *self.notes]


def apply(settings: Settings, folder: Path = PROJECT) -> SetupReport:
    """Write blocks, work pool, deployments and automations.

    Args:
        settings: what the blocks hold.
        folder: where prefect.yaml and automations.yaml are, and where workers start.

    Raises:
        SettingsError: the settings or one of the files cannot be used.
        PrefectAway, PrefectRefused: Prefect does not take it; run again.
    """
    return _report(settings, folder, carry_out=True)


def diff(settings: Settings, folder: Path = PROJECT) -> SetupReport:
    """Tell what `apply` would do, and do nothing. Raises as `apply`."""
    return _report(settings, folder, carry_out=False)


def _report(settings: Settings, folder: Path, *, carry_out: bool) -> SetupReport:
    refuse_no_server()
    changes: list[Change] = []
    with prefect_errors(), get_client(sync_client=True) as client:
        refuse_unfit_server(client)
        for change in _changes(client, settings, folder):
            if carry_out:
                change.carry_out()
            changes.append(change)
        notes = tuple(_notes(client, settings))
    return SetupReport(tuple(changes), notes, done=carry_out)


def _changes(client: SyncPrefectClient, settings: Settings, folder: Path) -> Iterator[Change]:
    """Yield in the order in which things need each other."""
    yield from work_pool_changes(client)
    yield from block_changes(client, settings)
    yield from deployment_changes(client, folder)
    yield from automation_changes(client, settings, folder)


def _notes(client: SyncPrefectClient, settings: Settings) -> Iterator[str]:
    if forgets_leases(client):
        yield (
            "Prefect's server keeps concurrency leases in memory: its restart ends a sync that "
            "runs. Start it in this folder, where prefect.toml is; docs/alerts.md says more."
        )
    if not has_monitor(settings):
        yield (
            "There is no monitor: check-expiry signs in as the keeper, who sees tokens. Set "
            "CAFE24_MONITOR_ROLE_ID and CAFE24_MONITOR_SECRET_ID, then run setup again."
        )
    if settings.slack_webhook_url is None:
        yield (
            "There is no Slack webhook: Prefect's server cannot report failed runs by itself. "
            "Set CAFE24_SLACK_WEBHOOK_URL, then run setup again."
        )
