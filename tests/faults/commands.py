"""Cases through real processes: manage.py as an operator starts it, and the real helper.

Nothing is shortened inside them: the lease is the shortest that the code takes with
Cafe24's 15 seconds for an answer, set by the environment.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cafe24.database.migrate import upgrade
from cafe24.settings import PROJECT
from tests.faults.case import CONDITIONS, Case, Outcome
from tests.faults.invariants import examine, history_flaws
from tests.faults.recovery import NoWayOut, allowed
from tests.faults.shop import PREFIX, Shop, Street

LEASE, SETTLE = "16s", "17s"
PATIENCE_S = 90.0
STARTED_S = 0.5
ENDED_S = 30.0

PLAYED = (
    "all is well",
    "mall: slow",
    "mall: slow, after it rotated",
    "mall: drips",
    "mall: 500",
    "mall: reset after it rotated",
    "vault: refuses the save 3 times",
    "vault: does the intent, no answer",
    "vault: does the save, no answer",
    "vault: is slow at the save",
)


@dataclass(frozen=True)
class Command(Case):
    """`manage.py refresh` of one mall, killed after a while or not at all."""

    @property
    def row(self) -> str:
        """Under which name the table counts it."""
        return "manage.py, " + ("not killed" if self.instant_s is None else "killed at an instant")


def drawn(number: int, dice: random.Random) -> list[Case]:
    """Return so many cases; in four of five the command is killed."""
    return [
        Command(
            PLAYED[turn % len(PLAYED)],
            instant_s=dice.uniform(STARTED_S, 1.6) if turn % 5 else None,
        )
        for turn in range(number)
    ]


def play(street: Street, case: Case) -> Outcome:
    """Run the command, kill it, and bring the mall back with the commands that are named."""
    begun = time.monotonic()
    condition, shop = CONDITIONS[case.condition], street.open()
    environment = _environment(shop)
    condition.set_up(shop)
    was_killed, told = _refreshed_once(environment, shop, case.instant_s)
    time.sleep(1.0)  # until the mall has done what was on its way
    shop.heal()
    events = [{"event": "killed"}, {"event": "step", "name": "leaves"}] if was_killed else []
    found = examine(
        shop, events, case.whom, answer_is_lost=condition.answer_is_lost, pair_is_gone=False
    )
    broken = found.broken
    if not was_killed and _outcome(told) not in {"refreshed", "ambiguous"}:
        broken.append(f"manage.py said {told}")
    ways: list[str] = []
    try:
        ways = _recovered(environment, shop)
    except NoWayOut as stuck:
        broken.append(f"no way out: {stuck}")
    broken += history_flaws(shop)
    wall_s = time.monotonic() - begun
    return Outcome(case, was_killed, found.loss, found.is_ambiguous, ways, broken, wall_s)


def _environment(shop: Shop) -> dict[str, str]:
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


def _started(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *words, "--json"],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _refreshed_once(
    environment: dict[str, str], shop: Shop, instant_s: float | None
) -> tuple[bool, Any]:
    process = _started(environment, "refresh", shop.mall)
    try:
        out, _ = process.communicate(timeout=instant_s or ENDED_S)
        return False, json.loads(out)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True, None


def _recovered(environment: dict[str, str], shop: Shop) -> list[str]:
    """Run refresh and what it names until the mall is well, then once more by force."""
    ways: list[str] = []
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        _, told = _refreshed_once(environment, shop, None)
        row = told["malls"][0]
        ways.append(row["outcome"])
        if row["outcome"] in {"refreshed", "fresh"}:
            _prove(environment, shop)
            return ways
        if "manage.py drain" in row["reason"]:
            _started(environment, "drain").communicate(timeout=ENDED_S)
        elif f"manage.py authorize {shop.mall}" in row["reason"]:
            _authorize(environment, shop)
        elif row["outcome"] in {"ambiguous", "busy"}:
            time.sleep(2.0)
        else:
            raise NoWayOut(row["reason"])
    raise NoWayOut(f"after {PATIENCE_S:.0f} s and {ways}")


def _prove(environment: dict[str, str], shop: Shop) -> None:
    process = _started(environment, "refresh", shop.mall, "--force")
    out, _ = process.communicate(timeout=ENDED_S)
    token = shop.stored().document.refresh_token.reveal()
    if _outcome(json.loads(out)) != "refreshed" or token not in shop.live():
        raise NoWayOut(f"refresh --force said {out}")


def _authorize(environment: dict[str, str], shop: Shop) -> None:
    process = _started(environment, "authorize", shop.mall)
    assert process.stdin is not None
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    link = next(line.strip() for line in lines if line.strip().startswith("http"))
    process.stdin.write(f"{allowed(link)}\n")
    process.stdin.flush()
    process.communicate(timeout=ENDED_S)


def _outcome(told: Any) -> str:
    return str(told["malls"][0]["outcome"])
