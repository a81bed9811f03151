"""docs/reference.md names what there is: nothing is missing, nothing is dead, no fact is stale."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from prefect import Flow
from prefect.blocks.core import Block
from prefect.flows import load_flow_from_entrypoint
from pydantic import SecretStr

import blocks
import cafe24
import cli
import flows
import tasks
from blocks.automations_yaml import read_automations
from blocks.prefect_yaml import DeploymentEntry, read_project_file
from blocks.registration import wanted_blocks
from cafe24.alerts.languages import texts
from cafe24.alerts.runbook import RULES, section
from cafe24.alerts.tables import IncidentKind
from cafe24.errors import CafeError
from cafe24.setting_values import duration
from cafe24.settings import PROJECT, Settings
from cli.main import INTERRUPTED, TERMINATED

PAGE = (PROJECT / "docs" / "reference.md").read_text(encoding="utf-8")
OURS = (cafe24, blocks, tasks, flows, cli)
EVENT = re.compile(r"cafe24\.(?:token|credential|products|alerts)\.[a-z_]+")
DEPLOYMENTS = read_project_file(PROJECT).deployments
READER_GONE = 141
"""128 and SIGPIPE's number."""


def rows(heading: str, table: int = 0) -> dict[str, list[str]]:
    """Return a section's table by the name in its first column."""
    text = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    tables = re.findall(r"^\|(?:[^\n]*\|\n)+", text, re.MULTILINE)
    lines = [line.strip("| ").split(" | ") for line in re.findall(r"[^\n]+", tables[table])[2:]]
    found = {line[0].strip("`"): line[1:] for line in lines}
    assert len(found) == len(lines), f"{heading} names something twice"
    return found


def flow_of(entry: DeploymentEntry) -> Flow[..., Any]:
    return load_flow_from_entrypoint(entry.entrypoint)


def all_modules() -> Iterator[str]:
    for package in OURS:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                yield module.name


def all_errors(kind: type[CafeError] = CafeError) -> Iterator[type[CafeError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from all_errors(narrower)


def our_errors() -> dict[str, type[CafeError]]:
    for module in all_modules():
        importlib.import_module(module)
    named = {package.__name__ for package in OURS}
    return {one.__name__: one for one in all_errors() if one.__module__.split(".")[0] in named}


def emitted() -> set[str]:
    """Return every event's name that stands as a text in the code."""
    return {
        node.value
        for package in OURS
        for file in (PROJECT / package.__name__).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and EVENT.fullmatch(node.value)
    }


def test_every_flow_stands_there() -> None:
    assert set(rows("Flows")) == {flow_of(entry).name for entry in DEPLOYMENTS}


def test_every_deployment_stands_there_with_its_schedule_and_its_parameters() -> None:
    told = {
        name: [schedule.strip("`"), set(re.findall(r"`(\w+)`", parameters))]
        for name, (schedule, parameters) in rows("Deployments").items()
    }
    assert told == {
        f"{flow_of(entry).name}/{entry.name}": [
            entry.schedules[0].cron if entry.schedules else "-",
            set(inspect.signature(flow_of(entry).fn).parameters),
        ]
        for entry in DEPLOYMENTS
    }


def test_every_block_that_setup_writes_stands_there() -> None:
    settings = Settings(
        VAULT_ADDR="https://vault.example",
        VAULT_TOKEN="invented-token",
        CAFE24_SLACK_WEBHOOK_URL="https://hooks.slack.com/services/T0/B0/invented",
    )
    written = {f"{one.get_block_type_slug()}/{name}" for name, one in wanted_blocks(settings)}
    assert set(rows("Blocks")) == written


def test_every_block_type_of_ours_stands_there() -> None:
    for module in all_modules():
        if module.startswith("blocks."):
            importlib.import_module(module)
    ours = {
        one.get_block_type_slug()
        for one in Block.__subclasses__()
        if one.__module__.startswith("blocks.")
    }
    assert ours <= {name.partition("/")[0] for name in rows("Blocks")}


def test_every_event_stands_there_and_each_of_them_is_emitted() -> None:
    assert set(rows("Events")) == emitted()


def test_every_kind_of_alert_stands_there_with_its_headline_and_its_runbook() -> None:
    assert rows("Alerts") == {
        kind.value: [
            texts("en").kinds[kind].title,
            f"[what to do](operations.md#{section(kind)})",
        ]
        for kind in IncidentKind
    }


def test_every_automation_stands_there_with_its_runbook() -> None:
    def runbook(entry: dict[str, Any]) -> str:
        said = [action["words"] for action in entry["actions"] if "words" in action]
        return f"[what to do](operations.md#{RULES[said[0]]})" if said else "-"

    told = {name: row[0] for name, row in rows("Alerts", 1).items()}
    assert told == {entry["name"]: runbook(entry) for entry in read_automations(PROJECT)}


def shown(value: Any) -> Any:
    """Return a default as the page writes it."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return text.replace(f"{PROJECT}/", "")


@pytest.mark.parametrize("name", sorted(Settings.names()))
def test_a_setting_stands_there_with_its_default(name: str) -> None:
    [field] = [one for one in Settings.model_fields.values() if one.validation_alias == name]
    told = rows("Settings")[name][0].strip("`")
    if field.default is None:
        assert told == "-"
    elif isinstance(field.default, timedelta):
        assert duration(told) == field.default
    else:
        assert told == shown(field.default)


def test_no_setting_stands_there_that_is_none() -> None:
    assert set(rows("Settings")) == Settings.names()


def test_every_exit_code_stands_there() -> None:
    codes = {0, INTERRUPTED, TERMINATED, READER_GONE}
    codes |= {one.exit_code for one in our_errors().values()}
    assert {int(code) for code in rows("Exit codes")} == codes


def test_every_error_stands_there_with_its_kind_its_exit_code_and_its_meaning() -> None:
    assert rows("Errors") == {
        name: [
            f"`{one.__bases__[0].__name__}`" if one is not CafeError else "-",
            str(one.exit_code),
            (inspect.getdoc(one) or "").splitlines()[0],
        ]
        for name, one in our_errors().items()
    }
