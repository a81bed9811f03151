"""manage.py as an operator or a scheduler starts it: a process, its environment, its JSON."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cafe24.database.migrate import upgrade
from cafe24.settings import PROJECT
from tests.faults.recovery import allowed
from tests.faults.shop import Shop
from tests.faults.street import PREFIX

LEASE, SETTLE = "16s", "17s"
ENDED_S = 30.0


def environment_of(shop: Shop) -> dict[str, str]:
    folder = Path(shop.configuration.spill_dir.parent / f"home-{shop.mall}")
    folder.mkdir()
    database = f"sqlite:///{folder}/cafe24.sqlite"
    upgrade(database)
    vault = shop.street.servers.vault
    return {
        "PATH": os.environ["PATH"],
        "VAULT_ADDR": vault["url"],
        "VAULT_TOKEN": vault["root_token"],
        "CAFE24_VAULT_PREFIX": PREFIX,
        "CAFE24_ENVIRONMENT": "test",
        "CAFE24_API_URL": shop.configuration.api_url,
        "CAFE24_DATABASE_URL": database,
        "CAFE24_SPILL_DIR": str(shop.configuration.spill_dir),
        "CAFE24_TOKEN_LEASE": LEASE,
        "CAFE24_TOKEN_SETTLE": SETTLE,
    }


def started(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *words, "--json"],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refreshed_once(
    environment: dict[str, str], shop: Shop, instant_s: float | None
) -> tuple[bool, Any]:
    """Refresh; kill the command `instant_s` after its intent is seen in Vault, if it is given."""
    process = started(environment, "refresh", shop.mall)
    while instant_s is not None and process.poll() is None and not shop.stored().document.sent:
        time.sleep(0.002)
    try:
        out, _ = process.communicate(timeout=ENDED_S if instant_s is None else instant_s)
        return False, json.loads(out)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True, None


def authorize(environment: dict[str, str], shop: Shop) -> None:
    process = started(environment, "authorize", shop.mall)
    assert process.stdin is not None
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    link = next(line.strip() for line in lines if line.strip().startswith("http"))
    process.stdin.write(f"{allowed(link)}\n")
    process.stdin.flush()
    process.communicate(timeout=ENDED_S)


def outcome_of(told: Any) -> str:
    return str(told["malls"][0]["outcome"])
