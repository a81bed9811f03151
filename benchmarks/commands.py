"""How long `doctor` takes on a healthy stack, and `status` for many malls.

In the demo's world: Prefect's server with a worker, a Vault, malls, Slack. Each command is a
process of its own, as a person types it, run several times; the median counts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import httpx

from cafe24.malls import MallId
from cafe24.settings import PROJECT, Settings
from cafe24.tokens.adoption import Newcomer
from cli.output import SOMETHING_WRONG
from demo.actors import Mall
from demo.connecting import connect
from demo.sandbox_world import Sandbox, start_sandbox
from demo.stage import Stage, only_these

GOALS_S = {"doctor": 5.0, "status": 3.0}
LIFE = timedelta(days=14)


class Desk:
    """Where the commands are typed."""

    def __init__(self, stage: Stage, sandbox: Sandbox) -> None:
        self._folder = stage.home
        self._environment = sandbox.environment

    def median_s(self, times: int, *words: str) -> float:
        """Return the median of the seconds that a command takes."""
        return round(statistics.median(self.seconds(*words) for _ in range(times)), 2)

    def seconds(self, *words: str) -> float:
        """Run a command and return how long it took.

        Raises:
            RuntimeError: it found something wrong, so it measured something else.
        """
        command = [sys.executable, str(PROJECT / "manage.py"), *words]
        began = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own
            command,
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in {0, SOMETHING_WRONG}:  # doctor warns of a home under /tmp
            raise RuntimeError(
                f"{words[0]} ended with {done.returncode}: {done.stdout}{done.stderr}"
            )
        return time.perf_counter() - began


def open_malls(sandbox: Sandbox, settings: Settings, count: int) -> None:
    """Connect that many malls more, each with a live pair."""
    tokens = settings.keeper_tokens()
    store = tokens.store()
    adoption = tokens.adoption(store=store)
    with httpx.Client(base_url=sandbox.mall["url"], timeout=30, trust_env=False) as server:
        for number in range(count):
            mall = MallId(f"onemall{number}")
            server.post("/__sandbox__/malls", json={"mall_id": mall}).raise_for_status()
            pair = Mall(server, mall).issue_pair(LIFE)
            adoption.adopt(Newcomer(mall, sandbox.mall["client_id"], pair))
    store.vault.session.sign_out()


def measured(stage: Stage, sandbox: Sandbox, malls: int, times: int) -> dict[str, Any]:
    """Return all figures."""
    from demo.world import raise_world  # noqa: PLC0415 - Prefect reads its settings at import

    settings = Settings.load(stage.home)
    raise_world(stage, sandbox)
    connect(sandbox, settings)
    desk = Desk(stage, sandbox)
    desk.seconds("setup")
    desk.seconds("sync", "--all")
    doctor_s = desk.median_s(times, "doctor")
    open_malls(sandbox, settings, malls - 1)
    desk.seconds("sync", "--all")
    return {
        "doctor_s": doctor_s,
        "malls": malls,
        "status_s": desk.median_s(times, "status"),
        "goals_s": GOALS_S,
        "load_per_core": round(os.getloadavg()[0] / (os.cpu_count() or 1), 1),
    }


def main() -> int:
    """Measure and print one line for a person and one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.commands", description=__doc__)
    parser.add_argument("--malls", type=int, default=1000)
    parser.add_argument("--times", type=int, default=7)
    asked = parser.parse_args()
    with Stage() as stage:
        sandbox = start_sandbox(
            stage, products=None, product_count=1, database_url=None, outside_vault=None
        )
        with only_these(sandbox.environment, stage.home):
            found = measured(stage, sandbox, asked.malls, asked.times)
    print(
        f"doctor {found['doctor_s']} s (goal 5); "
        f"status of {found['malls']} malls {found['status_s']} s (goal 3)",
        file=sys.stderr,
    )
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
