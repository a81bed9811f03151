"""The run that tells Slack starts fast: it loads nothing that an alert does not need."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import sys
import flows.send_alert
print(*sorted({"hvac", "requests", "pandas", "alembic", "sandbox"} & set(sys.modules)))
"""


def test_send_alert_loads_neither_vault_nor_tables_nor_migrations() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == ""
