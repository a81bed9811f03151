"""The fleet as it is set up, put back and compared with the sandbox's truth."""

import multiprocessing
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from benchmarks.load.world import World
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.settings import Settings
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.document import AppDocument
from demo.actors import Mall

LEFT = timedelta(days=7)
"""What a pair still has to live: it is due for its weekly refresh."""

AGES_S = 100_000_000
"""Longer than any bench."""

READERS = 8
WORTH_PROCESSES = 500
"""Malls whose pairs take longer to take in than two processes to start."""

FORGOTTEN = ("token_grant", "credential_grade", "incident", "alert_message")

Truth = dict[str, Any]


class Fleet:
    """All malls of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = world.sandbox.control
        self.names: list[str] = self._asked("GET", "malls")["malls"]

    def connect(self) -> None:
        """Store the app, and give every mall a live pair that is due."""
        # Nobody counts to fifteen here: the bench refreshes more often than a week brings.
        self._asked("POST", "behaviour", {"token_limit": False})
        app = self._world.sandbox.mall
        store = self._world.settings.keeper_tokens().store()
        store.write_app(
            AppDocument(
                client_id=app["client_id"],
                client_secret=Secret(app["client_secret"]),
                redirect_uri=app["redirect_uri"],
                scopes=list(app["scopes"]),
            )
        )
        store.vault.session.sign_out()
        self.adopt(self.names)

    def adopt(self, names: Sequence[str]) -> None:
        """Give these malls a live pair each."""
        home, app = self._world.stage.home, self._world.sandbox.mall
        if len(names) < WORTH_PROCESSES:
            _adopt(home, app, names)
            return
        halves = [names[0::2], names[1::2]]
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(len(halves), mp_context=spawn) as pool:
            list(pool.map(partial(_adopt, home, app), halves))

    def truth(self) -> Truth:
        """Return of every mall, in short, what is true."""
        found: Truth = self._asked("GET", "truth")["malls"]
        return found

    def calls(self) -> dict[str, int]:
        """Return how often the malls were called since it was last forgotten, and answered how."""
        counted: Counter[str] = Counter()
        for one in self._asked("GET", "calls")["counts"]:
            counted[f"{one['endpoint']} {one['status']}"] += one["count"]
        return {"all": counted.total(), **counted}

    def trouble(self, share: float) -> dict[str, str]:
        """Put a share of the malls in trouble; return which, and how."""
        found: dict[str, str] = self._asked("POST", "troubles", {"share": share})["malls"]
        return found

    def held_tokens(self, malls: Collection[str]) -> dict[str, str]:
        """Return the refresh token that Vault holds of each mall, as root sees it."""
        vault = self._world.sandbox.vault
        headers = {"X-Vault-Token": vault["root_token"]}
        with (
            httpx.Client(base_url=vault["url"], headers=headers, trust_env=False) as client,
            ThreadPoolExecutor(READERS) as threads,
        ):

            def held(mall: str) -> tuple[str, str]:
                answer = client.get(f"/v1/secret/data/cafe24/malls/{mall}").raise_for_status()
                return mall, answer.json()["data"]["data"]["refresh_token"]

            return dict(threads.map(held, malls))

    def snapshot(self) -> str:
        """Have Vault remember how it stands; return the name to put it back by."""
        found = self._world.vault_control.post("/snapshot").raise_for_status().json()
        return str(found["id"])

    def put_back(self, snapshot: str, dead: Sequence[str]) -> None:
        """Let Vault, the ledger and the incidents be as they were; give dead malls a new pair."""
        self._asked("DELETE", "troubles")
        # What was spent meanwhile is spent at the malls too, unless they let it pass.
        self._asked("POST", "behaviour", {"grace_s": AGES_S})
        restored = self._world.vault_control.post("/restore", json={"id": snapshot})
        restored.raise_for_status()
        with self._world.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {', '.join(FORGOTTEN)} CASCADE"))
        if dead:
            self.adopt(dead)

    def _asked(self, method: str, path: str, order: Any = None) -> Any:
        answer = self._control.request(method, f"/__sandbox__/{path}", json=order)
        return answer.raise_for_status().json()


def _adopt(home: Path, app: dict[str, Any], names: Sequence[str]) -> None:
    """Take in a pair of each mall, in a process of its own."""
    tokens = Settings.load(home).keeper_tokens()
    store = tokens.store()
    adoption = tokens.adoption(store=store)
    with httpx.Client(base_url=app["url"], timeout=60, trust_env=False) as server:
        for name in names:
            pair = Mall(server, name).issue_pair(LEFT)
            adoption.adopt(Newcomer(MallId(name), app["client_id"], pair))
    store.vault.session.sign_out()
