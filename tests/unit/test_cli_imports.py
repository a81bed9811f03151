"""What needs no Prefect, no pandas and no Alembic does not wait for their import."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import sys
from cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sorted({"prefect", "pandas", "alembic", "sqlalchemy"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (("status", "--help"), "sqlalchemy"),
        (("sync", "--help"), "sqlalchemy"),
        (("export", "--help"), "sqlalchemy"),
        (("prune", "--help"), "sqlalchemy"),
        (("snooze", "--help"), "sqlalchemy"),
        (("doctor", "--help"), "sqlalchemy"),
        (("up", "--help"), "sqlalchemy"),
        (("refresh", "undefined"), ""),
        (("authorize", "undefined"), ""),
        (("setup", "--help"), ""),
    ],
)
def test_a_command_loads_only_what_it_needs(words: tuple[str, ...], loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == loaded
