"""`manage.py setup`: everything in place, twice equals once, drift told, others left alone."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.schemas.automations import AutomationCore, EventTrigger
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr

from blocks.automations import automation_changes
from blocks.automations_yaml import TAGS, read_automations
from blocks.change import Change
from blocks.setup import SetupReport, apply, diff
from blocks.token_vault import TokenVault
from blocks.work_pool import POOL, SHARDS
from cafe24.errors import PrefectAway, PrefectRefused, SettingsError
from cafe24.settings import PROJECT, Settings
from tests.integration.surroundings import Prefect

DEPLOYMENTS = {
    "refresh-tokens/weekly": ("0 4 * * 1", {}),
    "refresh-tokens/keep-warm": ("*/20 * * * *", {"only_keep_warm": True}),
    "sync-products/daily": ("0 5 * * *", {}),
    "check-expiry/six-hourly": ("0 */6 * * *", {}),
    "authorize-mall/by-hand": (None, {}),
    "send-alert/on-event": (None, {}),
}
FLOW_LANE = "cafe24: alerts are due"
SERVER_LANE = "cafe24: a run failed, crashed or timed out"
SENT = set(AutomationCore.model_fields) - {"owner_resource"}
"""What an edit in Prefect's UI sends back."""


WEBHOOK = "http://127.0.0.1:9/services/T0/B0/looks-invented"


@pytest.fixture(scope="module")
def settings() -> Settings:
    """Settings that nothing is opened from: setup writes them down, no more."""
    given = {
        "VAULT_ADDR": "http://127.0.0.1:8200",
        "VAULT_TOKEN": "invented-token",
        "CAFE24_DATABASE_URL": "sqlite:////var/lib/cafe24/invented.sqlite",
        "CAFE24_SLACK_WEBHOOK_URL": WEBHOOK,
    }
    return Settings.model_validate(given)


@pytest.fixture
def in_place(prefect: Prefect, settings: Settings) -> Prefect:
    apply(settings)
    return prefect


@pytest.fixture
def client(in_place: Prefect) -> Iterator[SyncPrefectClient]:
    assert in_place.api
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def theirs(client: SyncPrefectClient) -> Iterator[str]:
    """An automation that a person made, and tagged cafe24 like everything of this mall."""
    by_hand = AutomationCore(
        name=FLOW_LANE, tags=["cafe24"], trigger=EventTrigger(expect={"a.b"}), actions=[]
    )
    made = client.create_automation(by_hand)
    yield str(made)
    client.delete_automation(made)


def but(settings: Settings, **changes: Any) -> Settings:
    """Return the settings with these fields changed."""
    return settings.model_copy(update=changes)


def drift(report: SetupReport) -> list[Change]:
    return [change for change in report.changes if change.is_drift]


def test_what_setup_promises_is_there(client: SyncPrefectClient) -> None:
    assert client.read_work_pool("cafe24").type == "process"
    for name, (cron, parameters) in DEPLOYMENTS.items():
        deployment = client.read_deployment_by_name(name)
        assert deployment.work_pool_name == "cafe24"
        assert deployment.tags == ["cafe24"]
        assert deployment.parameters == parameters
        schedules = [one.model_dump()["schedule"] for one in deployment.schedules]
        assert [one["cron"] for one in schedules] == ([cron] if cron else [])
        assert {one["timezone"] for one in schedules} <= {"Asia/Seoul"}
        [step] = deployment.pull_steps or []
        assert step == {
            "prefect.deployments.steps.set_working_directory": {"directory": str(PROJECT)}
        }
    for slug, name in {
        "token-vault": "keeper",
        "product-database": "default",
        "slack-channel": "default",
    }.items():
        assert client.read_block_document_by_name(name, slug)


@pytest.mark.usefixtures("in_place")
def test_setting_up_twice_equals_once(settings: Settings) -> None:
    again = apply(settings)
    assert drift(again) == []
    assert not diff(settings).has_drift


@pytest.mark.usefixtures("in_place")
def test_prefects_own_deploy_command_agrees_with_ours(settings: Settings) -> None:
    deploy = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=PROJECT,
        env={**os.environ, "PWD": str(PROJECT), "PREFECT_API_URL": str(PREFECT_API_URL.value())},
        check=False,
        capture_output=True,
        text=True,
    )
    assert deploy.returncode == 0, deploy.stdout[-2000:] + deploy.stderr[-2000:]
    assert drift(diff(settings)) == []


@pytest.mark.usefixtures("in_place")
def test_another_address_is_drift_that_names_the_field_and_no_value(settings: Settings) -> None:
    report = diff(but(settings, vault_token=SecretStr("another-invented-token")))
    assert [change.line(done=False) for change in drift(report)] == [
        "block token-vault/keeper: would be updated (token)",
        "block token-vault/monitor: would be updated (token)",
    ]
    assert "invented" not in " ".join(report.lines)


@pytest.mark.usefixtures("in_place")
def test_telling_the_drift_writes_nothing(settings: Settings) -> None:
    pinned = but(settings, api_version="2030-01-01")
    assert diff(pinned).has_drift
    assert diff(pinned).has_drift
    assert not diff(settings).has_drift


def test_what_somebody_changed_is_mended_and_a_paused_schedule_stays_paused(
    settings: Settings, client: SyncPrefectClient, in_place: Prefect
) -> None:
    deployment = client.read_deployment_by_name("sync-products/daily")
    client.update_deployment_schedule(deployment.id, deployment.schedules[0].id, active=False)
    assert drift(diff(settings)) == []
    told = "deployment sync-products/daily: as it should be (paused by hand)"
    assert told in diff(settings).lines
    by_hand = {"description": "by hand", "tags": ["by hand"], "job_variables": {"env": {"A": "B"}}}
    in_place.sent("PATCH", f"/deployments/{deployment.id}", by_hand).raise_for_status()
    [change] = drift(apply(settings))
    assert change.line(done=True) == (
        "deployment sync-products/daily: updated (description, job_variables, tags)"
    )
    assert client.read_deployment_by_name("sync-products/daily").job_variables == {}
    [schedule] = client.read_deployment_by_name("sync-products/daily").schedules
    assert not schedule.active
    client.update_deployment_schedule(deployment.id, schedule.id, active=True)


def test_shards_run_four_at_a_time_unless_somebody_chose_another_number(
    settings: Settings, client: SyncPrefectClient
) -> None:
    queue = client.read_work_queue_by_name(SHARDS, work_pool_name=POOL)
    assert (queue.concurrency_limit, queue.priority) == (4, 2)
    client.update_work_queue(queue.id, concurrency_limit=12)
    assert drift(diff(settings)) == []
    # As `prefect deploy --all` makes it.
    client.update_work_queue(queue.id, concurrency_limit=None)
    [change] = drift(apply(settings))
    assert change.line(done=True) == "work queue cafe24/shards: updated (concurrency_limit)"
    mended = client.read_work_queue_by_name(SHARDS, work_pool_name=POOL)
    assert (mended.concurrency_limit, mended.priority) == (4, 2)


def test_a_persons_own_automation_is_never_touched(
    settings: Settings, client: SyncPrefectClient, theirs: str
) -> None:
    assert drift(apply(settings)) == []
    kept = client.read_automation(theirs)
    assert kept is not None
    assert kept.trigger.model_dump()["expect"] == {"a.b"}


def test_a_persons_own_one_stays_even_where_it_has_our_name_and_ours_is_missing(
    settings: Settings, client: SyncPrefectClient, theirs: str
) -> None:
    for one in client.read_automations_by_name(FLOW_LANE):
        if str(one.id) != theirs:
            client.delete_automation(one.id)
    [change] = drift(apply(settings))
    assert change.line(done=True) == f"automation {FLOW_LANE}: created"
    kept = client.read_automation(theirs)
    assert kept is not None
    assert (kept.tags, kept.description) == (["cafe24"], "")
    assert len(client.read_automations_by_name(FLOW_LANE)) == 2


def test_one_of_ours_that_was_renamed_by_hand_gets_its_name_back(
    settings: Settings, client: SyncPrefectClient
) -> None:
    [ours] = client.read_automations_by_name(FLOW_LANE)
    renamed = ours.model_dump(include=SENT) | {"name": "cafe24: by another name"}
    client.update_automation(ours.id, AutomationCore.model_validate(renamed))
    verbs = {change.what: change.verb for change in drift(apply(settings))}
    assert verbs == {
        f"automation {FLOW_LANE}": "create",
        "automation cafe24: by another name": "remove",
    }
    assert drift(diff(settings)) == []


def test_two_setups_at_once_leave_one_of_each(prefect: Prefect, settings: Settings) -> None:
    assert prefect.api
    with get_client(sync_client=True) as client:
        for one in client.read_automations():
            client.delete_automation(one.id)
        api_url = str(PREFECT_API_URL.value())
        both = threading.Barrier(2)

        def set_up() -> SetupReport:
            # A thread begins without the settings that the fixture changed.
            with temporary_settings({PREFECT_API_URL: api_url}):
                both.wait()
                return apply(settings)

        with ThreadPoolExecutor(2) as threads:
            for run in [threads.submit(set_up) for _ in range(2)]:
                run.result()
        names = [one.name for one in client.read_automations()]
    assert sorted(names) == sorted(entry["name"] for entry in read_automations(PROJECT))
    assert drift(diff(settings)) == []


def test_two_setups_that_both_saw_no_automation_leave_one_of_each(
    settings: Settings, client: SyncPrefectClient
) -> None:
    for one in client.read_automations():
        client.delete_automation(one.id)
    first, second = (list(automation_changes(client, settings, PROJECT)) for _ in range(2))
    for change in [*first, *second]:
        assert change.verb == "create"
        change.carry_out()
    names = [one.name for one in client.read_automations()]
    assert sorted(names) == sorted(entry["name"] for entry in read_automations(PROJECT))


def test_what_another_setup_removed_meanwhile_is_neither_updated_nor_removed_by_ours(
    settings: Settings, client: SyncPrefectClient
) -> None:
    [ours] = client.read_automations_by_name(SERVER_LANE)
    older = AutomationCore.model_validate(ours.model_dump(include=SENT) | {"description": "older"})
    client.update_automation(ours.id, older)
    twin = client.create_automation(older)  # which of the two is kept, their ids decide
    changes = automation_changes(client, settings, PROJECT)
    planned = [change for change in changes if change.is_drift]
    assert sorted(change.verb for change in planned) == ["remove", "update"]
    for one in (ours.id, twin):
        client.delete_automation(one)
    for change in planned:
        change.carry_out()
    apply(settings)


def test_one_of_ours_that_lost_its_tags_is_mended_and_gets_no_twin(
    settings: Settings, client: SyncPrefectClient
) -> None:
    [ours] = client.read_automations_by_name(SERVER_LANE)
    whole = ours.model_dump(include=SENT) | {"tags": []}
    client.update_automation(ours.id, AutomationCore.model_validate(whole))
    [change] = drift(apply(settings))
    assert change.line(done=True) == f"automation {SERVER_LANE}: updated (tags)"
    [mended] = client.read_automations_by_name(SERVER_LANE)
    assert mended.id == ours.id


def test_doubles_of_ours_and_what_left_the_file_are_removed(
    settings: Settings, client: SyncPrefectClient
) -> None:
    for name in (FLOW_LANE, "cafe24: of an older version"):
        client.create_automation(
            AutomationCore(
                name=name, tags=list(TAGS), trigger=EventTrigger(expect={"a.b"}), actions=[]
            )
        )
    removed = [change.what for change in drift(apply(settings)) if change.verb == "remove"]
    assert sorted(removed) == [f"automation {FLOW_LANE}", "automation cafe24: of an older version"]
    assert drift(diff(settings)) == []


def test_an_automation_that_somebody_paused_stays_paused(
    settings: Settings, client: SyncPrefectClient
) -> None:
    [ours] = client.read_automations_by_name(SERVER_LANE)
    client.pause_automation(ours.id)
    changed = [change.what for change in drift(apply(but(settings, language="en")))]
    assert f"automation {SERVER_LANE}" in changed
    [still] = client.read_automations_by_name(SERVER_LANE)
    assert not still.enabled
    client.resume_automation(ours.id)


def test_without_a_webhook_the_server_lane_is_left_out_and_that_is_said(
    settings: Settings, client: SyncPrefectClient
) -> None:
    report = apply(but(settings, slack_webhook_url=None))
    assert client.read_automations_by_name(SERVER_LANE) == []
    assert [line for line in report.lines if "CAFE24_SLACK_WEBHOOK_URL" in line]


@pytest.mark.usefixtures("in_place")
def test_without_a_monitor_the_keeper_stands_in_marked_so(settings: Settings) -> None:
    monitor = TokenVault.load("monitor")
    assert isinstance(monitor, TokenVault)
    assert monitor.is_stand_in
    assert [line for line in diff(settings).lines if "There is no monitor" in line]


@pytest.mark.usefixtures("in_place")
def test_a_monitor_with_a_sign_in_of_its_own_holds_nothing_of_the_keepers(
    settings: Settings,
) -> None:
    own = {"monitor_role_id": "invented-role", "monitor_secret_id": SecretStr("invented-id")}
    report = apply(but(settings, **own))
    monitor = TokenVault.load("monitor")
    assert isinstance(monitor, TokenVault)
    assert (monitor.role_id, monitor.token, monitor.is_stand_in) == ("invented-role", None, False)
    assert not [line for line in report.lines if "There is no monitor" in line]


@pytest.mark.usefixtures("prefect")
def test_an_api_that_does_not_answer_is_one_clear_line(settings: Settings) -> None:
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(PrefectAway, match=r"does not answer .*PREFECT_API_URL"),
    ):
        apply(settings)


@pytest.mark.usefixtures("prefect")
def test_no_api_at_all_is_refused_before_a_server_of_the_moment_is_started(
    settings: Settings,
) -> None:
    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(PrefectRefused, match="No Prefect server is set"),
    ):
        apply(settings)


@pytest.mark.usefixtures("in_place")
def test_a_typo_in_automations_yaml_does_not_vanish(settings: Settings, tmp_path: Path) -> None:
    for name in ("prefect.yaml", "automations.yaml"):
        text = (PROJECT / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("threshold: 1", "treshold: 1"), encoding="utf-8")
    with pytest.raises(SettingsError, match="nobody reads 'treshold'"):
        diff(settings, tmp_path)


def test_the_command_tells_the_drift_of_an_automation_and_ends_with_1(
    in_place: Prefect, client: SyncPrefectClient, vault_server: dict[str, Any], tmp_path: Path
) -> None:
    [ours] = client.read_automations_by_name(SERVER_LANE)
    changed = ours.model_dump(include=SENT) | {"actions": []}
    client.update_automation(ours.id, AutomationCore.model_validate(changed))
    environment = {
        "PATH": os.environ["PATH"],
        "VAULT_ADDR": vault_server["url"],
        "VAULT_TOKEN": vault_server["root_token"],
        "CAFE24_VAULT_PREFIX": tmp_path.name,
        "CAFE24_DATABASE_URL": f"sqlite:///{tmp_path}/cafe24.sqlite",
        "CAFE24_SLACK_WEBHOOK_URL": WEBHOOK,
        "PREFECT_API_URL": str(in_place.api.base_url),
        "PREFECT_HOME": str(tmp_path),
    }
    told = subprocess.run(
        [sys.executable, "manage.py", "setup", "--diff"],
        cwd=PROJECT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 1, told.stderr
    assert f"automation {SERVER_LANE}: would be updated (actions)" in told.stdout.splitlines()
    assert WEBHOOK not in told.stdout + told.stderr
