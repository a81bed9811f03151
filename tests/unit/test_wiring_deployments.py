"""prefect.yaml, as `prefect deploy` does not check it."""

from typing import Any

import pytest
from prefect import Flow
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from blocks.prefect_yaml import DeploymentEntry, read_project_file
from cafe24.settings import PROJECT

FILE = read_project_file(PROJECT)

CONTRACT = {
    "refresh-tokens/weekly",
    "refresh-tokens/keep-warm",
    "refresh-tokens-shard/fan-out",
    "sync-products/daily",
    "sync-products-shard/fan-out",
    "check-expiry/six-hourly",
    "check-expiry-shard/fan-out",
    "authorize-mall/by-hand",
    "send-alert/on-event",
}

each_deployment = pytest.mark.parametrize("entry", FILE.deployments, ids=lambda entry: entry.name)


def flow_of(entry: DeploymentEntry) -> Flow[..., Any]:
    return load_flow_from_entrypoint(entry.entrypoint)


def test_every_entrypoint_loads_and_the_names_are_the_contract() -> None:
    assert {f"{flow_of(entry).name}/{entry.name}" for entry in FILE.deployments} == CONTRACT


@each_deployment
def test_a_deployment_has_our_tag_and_our_pool(entry: DeploymentEntry) -> None:
    assert entry.tags == ["cafe24"]
    assert entry.work_pool.name == "cafe24"


@each_deployment
def test_an_entrypoint_is_dotted_so_that_a_broken_import_is_loud(entry: DeploymentEntry) -> None:
    assert ":" not in entry.entrypoint


@each_deployment
def test_every_schedule_has_a_slug_and_korean_time(entry: DeploymentEntry) -> None:
    slugs = [schedule.slug for schedule in entry.schedules]
    assert len(set(slugs)) == len(slugs)
    assert {schedule.timezone for schedule in entry.schedules} <= {"Asia/Seoul"}


@each_deployment
def test_every_parameter_explains_itself_in_the_form(entry: DeploymentEntry) -> None:
    schema = parameter_schema(flow_of(entry))
    for name, shown in schema.properties.items():
        assert shown.get("description"), name
        assert shown.get("title"), name
        # A union would show as two tabs, one of them called None.
        assert shown.get("type") in {"string", "array", "boolean", "integer"}, name
        assert "default" in shown or name in (schema.required or []), name
    assert set(schema.required or []) <= {"mall_id", "fan_out", "shard"}
    assert set(entry.parameters) <= set(schema.properties)


@each_deployment
def test_a_flow_has_a_timeout_keeps_no_result_and_tells_what_it_does(
    entry: DeploymentEntry,
) -> None:
    flow = flow_of(entry)
    assert flow.timeout_seconds
    assert flow.persist_result is False
    assert flow.description


def test_no_machines_path_is_committed() -> None:
    assert str(PROJECT) not in (PROJECT / "prefect.yaml").read_text(encoding="utf-8")
    assert str(PROJECT) in str(FILE.pull)
