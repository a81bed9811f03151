"""automations.yaml: what it waits for is emitted, what it names is there."""

import ast
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml
from prefect.settings.models.flows import FlowsSettings

from blocks.automations_yaml import (
    MARK,
    WORDS,
    Missing,
    Surroundings,
    automation,
    read_automations,
)
from blocks.registration import SERVER_LANE
from cafe24.alerts.runbook import Runbook
from cafe24.alerts.server_lane import SHARDS
from cafe24.errors import SettingsError
from cafe24.fleet.fan_out import MOST_ATTEMPTS
from cafe24.settings import PROJECT

ENTRIES = read_automations(PROJECT)
KNOWN_BLOCKS = {f"webhook/{SERVER_LANE}"}
OUR_EVENTS = {
    "cafe24.token.refreshed",
    "cafe24.token.spilled",
    "cafe24.token.became_ambiguous",
    "cafe24.token.needs_reauthorization",
    "cafe24.token.recovered",
    "cafe24.credential.graded",
    "cafe24.products.synced",
    "cafe24.products.sync_failed",
    "cafe24.products.deletion_braked",
    "cafe24.alerts.due",
}


def names_in_code() -> set[str]:
    """Return every text in tasks and flows that looks like an event of ours."""
    files = [*(PROJECT / "tasks").glob("*.py"), *(PROJECT / "flows").glob("*.py")]
    return {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("cafe24.")
        and " " not in node.value
    }


def some_id(_name: str) -> str:
    return str(uuid.UUID(int=24))


SOME = Surroundings("ko", timedelta(hours=13), some_id, some_id, Runbook())


def test_every_event_that_an_automation_waits_for_is_emitted_somewhere() -> None:
    waited_for = {
        event
        for entry in ENTRIES
        for event in entry["trigger"]["expect"]
        if event.startswith("cafe24.")
    }
    assert waited_for
    assert waited_for <= names_in_code()


def test_the_flows_emit_the_events_of_the_contract_and_no_others() -> None:
    assert names_in_code() - {"cafe24.alerts", "cafe24.mall."} == OUR_EVENTS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_an_entry_is_an_automation_with_known_names(entry: dict[str, Any]) -> None:
    core = automation(entry, SOME)
    assert "cafe24" in core.tags
    assert core.description.endswith(MARK)
    for action in entry["actions"]:
        assert action.get("block", SERVER_LANE) in KNOWN_BLOCKS | {SERVER_LANE}
        assert action.get("words", "run") in WORDS


def test_failed_crashed_and_timed_out_runs_are_all_told() -> None:
    [server_lane] = [one for one in ENTRIES if one["actions"][0].get("words") == "run"]
    assert set(server_lane["trigger"]["expect"]) == {
        "prefect.flow-run.Failed",
        "prefect.flow-run.Crashed",
        "prefect.flow-run.TimedOut",
    }


def test_a_deployment_that_is_not_there_is_said_by_its_name() -> None:
    [entry] = [one for one in ENTRIES if "cafe24.alerts.due" in one["trigger"]["expect"]]
    with pytest.raises(Missing, match="send-alert/on-event"):
        automation(entry, replace(SOME, deployment=lambda _name: None))


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        ({"treshold": 1}, "nobody reads 'treshold'"),
        ({"within": "soon"}, "within"),
    ],
)
def test_a_flaw_in_a_trigger_is_named(flaw: dict[str, Any], said: str) -> None:
    entry = {**ENTRIES[0], "trigger": {**ENTRIES[0]["trigger"], **flaw}}
    with pytest.raises(SettingsError, match=said):
        automation(entry, SOME)


def test_the_dead_man_waits_as_long_as_the_setting_says() -> None:
    within = {
        automation(entry, replace(SOME, dead_man_after=timedelta(hours=2))).trigger.model_dump()[
            "within"
        ]
        for entry in ENTRIES
        if any(action.get("words") == "silence" for action in entry["actions"])
    }
    assert within == {timedelta(hours=2)}


def test_a_dead_man_that_prefect_cannot_keep_names_the_setting() -> None:
    [entry, *_] = [one for one in ENTRIES if one["trigger"]["within"] == "CAFE24_DEAD_MAN_AFTER"]
    with pytest.raises(SettingsError, match=r"CAFE24_DEAD_MAN_AFTER is 9 s.* 10 s at least"):
        automation(entry, replace(SOME, dead_man_after=timedelta(seconds=9)))


def test_a_run_may_miss_four_of_prefects_own_heartbeats_before_it_counts_as_gone() -> None:
    [zombie] = [one for one in ENTRIES if one["actions"][0].get("words") == "zombie"]
    heartbeat_s = FlowsSettings.model_fields["heartbeat_frequency"].default
    assert zombie["trigger"]["within"] >= 5 * heartbeat_s


def test_every_end_and_every_pause_of_a_run_keeps_the_server_from_crashing_it() -> None:
    [zombie] = [one for one in ENTRIES if one["actions"][0].get("words") == "zombie"]
    ends = {"Completed", "Failed", "Crashed", "TimedOut", "Cancelled", "Paused", "Suspended"}
    assert {f"prefect.flow-run.{name}" for name in ends} <= set(zombie["trigger"]["expect"])


def test_a_crashed_shard_is_begun_again_as_often_as_its_account_allows() -> None:
    """Once more often, and no run would be left to end the shard; endlessly without a bound."""
    [again] = [one for one in ENTRIES if one["actions"][0].get("words") == "shard"]
    counts = again["trigger"]["match"]["prefect.run-count"]
    assert counts == [str(count) for count in range(MOST_ATTEMPTS + 1)]


def test_every_shards_deployment_and_no_other_has_the_name_that_the_rule_knows() -> None:
    [again] = [one for one in ENTRIES if one["actions"][0].get("words") == "shard"]
    assert {
        "prefect.resource.role": "deployment",
        "prefect.resource.name": SHARDS,
    } in again["trigger"]["match_related"]
    entries = yaml.safe_load((PROJECT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    for entry in entries:
        is_shard = entry["entrypoint"].endswith("_shard")
        assert (entry["name"] == SHARDS) is is_shard, entry["entrypoint"]
