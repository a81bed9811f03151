"""The lane that lives when every worker is dead: a worker is killed, the server is, Slack refuses.

Its Prefect is its own, because it is killed. The server's watchmen look more often than they
do in life (`own_prefect.BRISK`). What is told at most once an hour is told of a deployment
that nothing was told of before: on a busy machine each run is late, and each worker silent.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.client.schemas.objects import FlowRun, State
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Failed, Pending, Running

from blocks.setup import apply
from cafe24.commands import START_WORKER
from cafe24.settings import Settings
from tests.conftest import Start
from tests.integration.own_prefect import OwnPrefect, answered, write_project

SYNC = "sync-products/daily"
CHECK = "check-expiry/six-hourly"
REFRESH = "refresh-tokens/weekly"

TRIES = 6


@dataclass(frozen=True)
class Lane:
    """A Prefect that can be killed, set up by us, and the Slack that it tells."""

    prefect: OwnPrefect
    client: SyncPrefectClient
    slack: httpx.Client
    settings: Settings
    folder: Path

    @property
    def webhook_url(self) -> str:
        assert self.settings.slack_webhook_url
        return self.settings.slack_webhook_url.get_secret_value()

    def set_up(self, gone_after_s: int = 900) -> None:
        """Apply the project's two files, with this patience for a run that gives no sign."""
        write_project(self.folder, (900, gone_after_s))
        apply(self.settings, self.folder)

    def run(self, deployment: str) -> FlowRun:
        found = self.client.read_deployment_by_name(deployment)
        return self.client.create_flow_run_from_deployment(found.id)

    def becomes(self, run: FlowRun, *states: State[Any]) -> None:
        for state in states:
            self.client.set_flow_run_state(run.id, state)

    def state_of(self, run: FlowRun) -> str | None:
        return self.client.read_flow_run(run.id).state_name

    def slots_taken(self) -> int:
        limit = self.client.read_deployment_by_name(SYNC).global_concurrency_limit
        assert limit
        return limit.active_slots

    def told(self, what: str) -> str:
        """Return the message with these words as soon as Slack has it."""
        return answered(lambda: self.said(what))

    def said(self, what: str) -> str:
        """Return the message with these words, or nothing."""
        found = self.slack.get("/__sandbox__/messages").raise_for_status().json()["messages"]
        told = (f"{message['text']} {message['blocks']}" for message in found)
        return next((one for one in told if what in one), "")

    def forget(self) -> None:
        self.slack.delete("/__sandbox__/messages").raise_for_status()


@pytest.fixture(scope="module")
def lane(
    tmp_path_factory: pytest.TempPathFactory,
    vault_server: dict[str, Any],
    empty_database: Path,
    start_sandbox: Start,
) -> Iterator[Lane]:
    home = tmp_path_factory.mktemp("lane")
    slack = start_sandbox("slack")
    shutil.copy(empty_database, home / "cafe24.sqlite")
    settings = Settings.model_validate(
        {
            "VAULT_ADDR": vault_server["url"],
            "VAULT_TOKEN": vault_server["root_token"],
            "CAFE24_VAULT_PREFIX": home.name,
            "CAFE24_DATABASE_URL": f"sqlite:///{home}/cafe24.sqlite",
            "CAFE24_SLACK_WEBHOOK_URL": slack["webhook_url"],
            "CAFE24_LANGUAGE": "en",
            "CAFE24_DEAD_MAN_AFTER": "15s",
        }
    )
    own = OwnPrefect(home)
    try:
        own.start_server()
        with (
            temporary_settings({PREFECT_API_URL: own.api_url}),
            get_client(sync_client=True) as client,
            httpx.Client(base_url=slack["url"], timeout=30) as seen,
        ):
            lane = Lane(own, client, seen, settings, tmp_path_factory.mktemp("project"))
            lane.set_up()
            yield lane
    finally:
        own.stop()


def test_when_the_worker_is_killed_the_server_itself_tells_what_does_not_happen(
    lane: Lane,
) -> None:
    silence = told_of_silence(lane)
    assert "check-expiry: no sign for" in silence
    assert "No run of *check-expiry* has completed" in silence
    assert "prefect deployment run check-expiry/six-hourly" in silence

    pool = lane.told("cafe24: no worker answers")
    assert START_WORKER in pool
    assert "/work-pools/work-pool/cafe24|Open the pool" in pool

    run = lane.run(REFRESH)
    late = lane.told("refresh-tokens: is late")
    assert f"/runs/flow-run/{run.id}|Open the run" in late
    assert START_WORKER in late


def told_of_silence(lane: Lane) -> str:
    """Let a check complete, kill the worker, return what is told of the silence after the check.

    Again when that was told before the worker was dead, since the time ran out just as the
    check completed; and when the busy server gave up the news of it (docs/alerts.md).
    """
    for _ in range(TRIES):
        lane.prefect.start_worker()
        if told := told_after(lane, lane.run(CHECK)):
            return told
    pytest.fail(f"of {TRIES} checks none was told after the worker's death")


def told_after(lane: Lane, check: FlowRun) -> str:
    answered(lambda: lane.state_of(check) == "Completed")
    lane.prefect.kill_worker()
    link = f"/runs/flow-run/{check.id}|Open the run"
    if lane.said(link):
        return ""
    answered(lambda: lane.said(link) or lane.prefect.gave_up(str(check.id)))
    return lane.said(link)


def test_after_a_restart_of_the_server_the_lane_tells_and_a_dead_run_holds_no_slot(
    lane: Lane,
) -> None:
    lane.set_up(gone_after_s=30)
    lane.client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name="lane", limit=1))
    lease = lane.client.increment_concurrency_slots_with_lease
    held = lease(["lane"], slots=1, mode="concurrency", lease_duration=300).json()["lease_id"]
    dead = lane.run(SYNC)
    lane.becomes(dead, Pending(), Running())
    assert lane.slots_taken() == 1
    lane.prefect.kill_server()
    lane.forget()

    lane.prefect.start_server()
    lane.client.renew_concurrency_lease(held, lease_duration=300)
    failed = lane.run("send-alert/on-event")
    lane.becomes(failed, Failed(message="Slack is away."))
    assert "Slack is away." in lane.told("send-alert: failed")
    lane.told("check-expiry: no sign for")
    answered(lambda: lane.state_of(dead) == "Crashed")
    # That itself is told too, but up to a quarter of an hour later: docs/alerts.md says why.
    ended = lane.client.read_flow_run(dead.id).state
    assert ended
    assert "gives no sign of life" in (ended.message or "")
    assert lane.slots_taken() == 0


def test_a_slack_that_refuses_does_not_bring_its_address_into_the_servers_log(lane: Lane) -> None:
    lane.slack.post("/__sandbox__/state", json={"webhook": "dead"}).raise_for_status()
    lane.becomes(lane.run(REFRESH), Failed(message="invented"))
    refused = {"event": {"name": ["prefect.automation.action.executed"]}}
    with lane.prefect.client() as prefect:
        answered(
            lambda: [
                event
                for event in prefect.asked("/events/filter", filter=refused)["events"]
                if event["payload"].get("status_code", 200) >= 400
            ]
        )
    assert lane.webhook_url not in lane.prefect.log
    assert httpx.URL(lane.webhook_url).path not in lane.prefect.log
