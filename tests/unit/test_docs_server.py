"""What the documents and deploy/systemd say to type into Prefect is what this Prefect takes."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from prefect.flows import load_flow_from_entrypoint

from blocks.prefect_yaml import read_project_file
from cafe24.settings import PROJECT
from cli.main import _parser
from tests import markdown
from tests.markdown import PAGES, command_at
from tests.prefect_words import SETTINGS, flaw

UNITS = sorted((PROJECT / "deploy" / "systemd").glob("cafe24-*"))
FILES = sorted((PROJECT / "deploy" / "systemd").glob("*.env"))
HOME = "/opt/cafe24/app"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def parsed(unit: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(unit)
    return found


@each_page
def test_every_command_of_prefects_is_one_it_takes(page: Path) -> None:
    deployments = {
        f"{load_flow_from_entrypoint(entry.entrypoint).name}/{entry.name}"
        for entry in read_project_file(PROJECT).deployments
    }
    for where, text in markdown.code(page):
        for found in re.finditer(r"\.venv/bin/prefect ", text):
            words = command_at(text, found.end())
            assert flaw(words) == "", f"{where}: {text}"
            if words[0] == "deployment":
                assert words[2] in deployments, where


def test_a_command_that_prefect_does_not_know_is_found() -> None:
    assert flaw(["work-pool", "freeze", "cafe24"])
    assert flaw(["flow-run", "ls", "--stat", "FAILED"])


@each_unit
def test_a_unit_starts_what_there_is(unit: Path) -> None:
    found = parsed(unit)
    if unit.suffix == ".timer":
        assert unit.with_suffix(".service").exists()
        return
    program, *words = shlex.split(found["Service"]["ExecStart"])
    assert program.startswith(f"{HOME}/.venv/bin/")
    assert found["Service"]["WorkingDirectory"] == HOME
    if program.endswith("/prefect"):
        assert flaw(words) == ""
    else:
        assert words[0] == "manage.py"
        _parser(words[1:])[0].parse_args(words[1:])


def test_a_stopped_worker_is_given_longer_than_a_grant_may_take() -> None:
    service = parsed(PROJECT / "deploy" / "systemd" / "cafe24-worker.service")["Service"]
    assert service["KillMode"] == "control-group"
    assert int(service["TimeoutStopSec"]) > 25
    assert "PREFECT_WORKER_QUERY_SECONDS=1" in service["Environment"]


@each_unit
def test_systemd_takes_a_unit(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("NOT TESTED: deploy/systemd. There is no systemd-analyze on this machine.")
    for one in UNITS:
        text = one.read_text(encoding="utf-8").replace(HOME, str(PROJECT))
        (tmp_path / one.name).write_text(text, encoding="utf-8")
    line = [program, "verify", "--man=no", str(tmp_path / unit.name)]
    said = subprocess.run(line, capture_output=True, text=True, check=False).stderr
    assert unit.name not in said


@each_file
def test_a_file_of_prefects_settings_names_only_those_it_has(file: Path) -> None:
    named = set(re.findall(r"^(PREFECT_\w+)=", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert named
    assert named <= SETTINGS


@each_page
def test_every_setting_of_prefects_that_a_page_names_is_one(page: Path) -> None:
    named = {name for _, text in markdown.code(page) for name in re.findall(r"PREFECT_\w+", text)}
    assert named <= SETTINGS


def test_every_file_of_deploy_is_told_of() -> None:
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    files = [file for file in (PROJECT / "deploy").rglob("*") if file.is_file()]
    assert [file.name for file in files if file.name not in told] == []
