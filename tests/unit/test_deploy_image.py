"""deploy/Dockerfile makes what the documents promise: not root, locked, whole, no secret in it."""

import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from cafe24.commands import START_WORKER
from cafe24.settings import PROJECT, Settings
from tests.deploy_programs import deploy_program
from tests.dockerfile import FILE, copied, instructions, last
from tests.image_rehearsal import known
from tests.prefect_words import SETTINGS, flaw

TEXT = FILE.read_text(encoding="utf-8")
IGNORED = (PROJECT / ".dockerignore").read_text(encoding="utf-8").split("\n")
PROJECT_FILE = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
ITS_OWN = {"HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def environment() -> dict[str, str]:
    return dict(
        pair.split("=", 1) for one in instructions() if one.name == "ENV" for pair in one.words
    )


def enters(path: Path) -> bool:
    """Tell whether the build sees a file: the last line of .dockerignore that fits decides."""
    is_in = True
    parts = [path, *path.parents]
    for line in IGNORED:
        pattern = line.removeprefix("!").removeprefix("**/")
        fits = any(
            fnmatch(part.name if line.startswith("**/") else str(part), pattern) for part in parts
        )
        if line and not line.startswith("#") and fits:
            is_in = line.startswith("!")
    return is_in


def test_it_runs_as_a_number_that_is_not_root() -> None:
    user, _, group = last("USER").rest.partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert not [
        one for one in instructions()[instructions().index(last("USER")) :] if one.name == "RUN"
    ]


def test_the_base_is_the_python_of_the_project_by_a_tag_that_names_it() -> None:
    wanted = (PROJECT / ".python-version").read_text(encoding="utf-8").strip()
    [base] = [one.rest for one in instructions() if one.name == "ARG"]
    assert base.startswith(f"PYTHON=python:{wanted}-slim")
    assert all(one.words[0] == "${PYTHON}" for one in instructions() if one.name == "FROM")


def test_packages_come_by_their_hashes_and_no_developers_tool_among_them() -> None:
    installing = [
        one.rest
        for one in instructions()
        if one.name == "RUN" and re.search(r"\b(pip|apt)", one.rest)
    ]
    assert [re.findall(r"requirements[\w-]*\.lock", one) for one in installing] == [
        ["requirements-uv.lock"],
        ["requirements.lock"],
    ]
    assert all("--require-hashes" in one for one in installing)
    assert "dev.lock" not in "".join(one.rest for one in instructions())


def test_whatever_is_copied_is_in_git_and_enters_the_build() -> None:
    for sources, _ in copied():
        for source in sources:
            files = list(known([source]))
            assert files, source
            assert all(enters(file) for file in files), source


def test_every_package_of_the_project_is_copied() -> None:
    packages = set(PROJECT_FILE["tool"]["importlinter"]["root_packages"])
    assert packages <= {source for sources, _ in copied() for source in sources}


@pytest.mark.parametrize(
    "name", [".env", ".env.local", "cafe24/.env", "var/spill/x.spill", ".git/config", "tests/x.py"]
)
def test_no_secret_and_no_state_enters_the_build(name: str) -> None:
    assert not enters(Path(name))


def test_it_sets_only_what_somebody_reads_and_no_secret() -> None:
    assert set(environment()) <= Settings.names() | SETTINGS | ITS_OWN
    assert not [name for name in environment() if re.search("TOKEN|SECRET|AUTH|KEY|URL", name)]


def test_what_must_be_writable_is_on_the_volume_and_belongs_to_its_user() -> None:
    [volume] = last("VOLUME").words
    owned = [one.rest for one in instructions() if "install -d" in one.rest]
    for name in ("CAFE24_SPILL_DIR", "PREFECT_HOME"):
        assert Path(environment()[name]).is_relative_to(volume)
        assert environment()[name] in owned[0]
    assert f"-o {last('USER').rest.partition(':')[0]} " in owned[0]
    assert "-m 700" in owned[0]


def test_it_starts_the_worker_that_messages_tell_people_to_start() -> None:
    setting, *words = START_WORKER.split()
    name, value = setting.split("=")
    assert environment()[name] == value
    program, *given = last("CMD").words
    assert [program, *given][: len(words)] == words
    assert flaw(given) == ""


def test_its_entry_point_is_there() -> None:
    python, program = last("ENTRYPOINT").words
    assert python == ".venv/bin/python"
    assert ([program], "deploy/") in copied()


def test_hadolint_has_nothing_against_it() -> None:
    program = deploy_program("hadolint")
    done = subprocess.run([program, FILE], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""
