"""How soon a command is at Vault."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]


def test_a_refresh_asks_vault_before_it_loads_what_only_a_grant_needs() -> None:
    slow = {"httpx", "sqlalchemy", "sqlmodel", "prefect", "pandas", "alembic", "rich"}
    done = subprocess.run(
        [sys.executable, "-c", "import sys, cli.main, cli.refresh; print(*sys.modules)"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert slow & set(done.stdout.split()) == set()
