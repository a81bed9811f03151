"""Raises Prefect on the stage and gives the story what it acts through.

Imported only once the sandbox's settings stand in the environment: Prefect reads
its own at import.
"""

from dataclasses import dataclass
from typing import Any

import httpx
from prefect.client.orchestration import get_client
from sqlalchemy import Engine

from blocks.setup import apply
from cafe24.database.engine import open_engine
from cafe24.database.migrate import upgrade
from cafe24.settings import Settings
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.ledger import Ledger
from demo.actors import Mall, SlackReader
from demo.prefect_runs import PrefectRuns
from demo.sandbox_world import Sandbox
from demo.stage import Stage

MALL_ID = "samplemall"


@dataclass(frozen=True, slots=True)
class World:
    """The running world as the story sees it."""

    stage: Stage
    app: dict[str, Any]
    runs: PrefectRuns
    slack: SlackReader
    engine: Engine
    ledger: Ledger
    tokens: TokenConfiguration
    worker_environment: dict[str, str]
    _malls: httpx.Client

    def mall(self, mall_id: str) -> Mall:
        """Return a mall at the sandbox; it is opened when it is not there yet."""
        self._malls.post("/__sandbox__/malls", json={"mall_id": mall_id})
        return Mall(self._malls, mall_id)

    def start_worker(self) -> None:
        """Start a worker for our pool."""
        self.stage.start_worker(self.worker_environment)


def raise_world(stage: Stage, sandbox: Sandbox) -> World:
    """Start Prefect, set everything up as `manage.py setup` does, start a worker.

    The sandbox's settings must stand in this process's environment.
    """
    stage.start_prefect(sandbox.environment, sandbox.prefect_port)
    settings = Settings.load(stage.home)
    engine = open_engine(settings.database_url.get_secret_value())
    stage.stack.callback(engine.dispose)
    upgrade(settings.database_url.get_secret_value())
    apply(settings)
    world = World(
        stage=stage,
        app=sandbox.mall,
        runs=PrefectRuns(stage.stack.enter_context(get_client(sync_client=True))),
        slack=SlackReader(_client(stage, sandbox.slack["url"])),
        engine=engine,
        ledger=Ledger(engine),
        tokens=settings.keeper_tokens(),
        worker_environment=sandbox.environment,
        _malls=_client(stage, sandbox.mall["url"]),
    )
    world.start_worker()
    return world


def _client(stage: Stage, url: str) -> httpx.Client:
    return stage.stack.enter_context(httpx.Client(base_url=url, timeout=30, trust_env=False))
