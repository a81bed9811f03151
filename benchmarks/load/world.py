"""The world of a load bench: a fleet, PostgreSQL, Prefect's server on it, and workers."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from sqlalchemy import Engine

from benchmarks.load.postgres import counting_postgres, postmaster, statements
from benchmarks.load.processes import BENCH
from benchmarks.sandbox import Sandbox
from cafe24.database.engine import open_engine
from cafe24.settings import Settings
from demo.stage import Stage, free_port, only_these, prefect_environment
from demo.vault_room import sandbox_room
from tests.postgres_server import PostgresServer

SMALL = 50
"""Products of every mall where sizes are even."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bench is asked for.

    Attributes:
        sizes: `skewed`, or `even`: every mall is small.
        details: calls for products' details that a sync may make for each mall.
    """

    malls: int
    workers: int
    sizes: str
    seed: int
    details: int


@dataclass(frozen=True, slots=True)
class World:
    """The running world.

    Attributes:
        sandbox: the fleet and its Vault.
        vault_control: the control of the Vault.
        engine: to the project's own database.
    """

    wanted: Wanted
    stage: Stage
    sandbox: Sandbox
    vault_control: httpx.Client
    settings: Settings
    engine: Engine
    _postgres: PostgresServer
    _database: str

    def processes(self) -> dict[str, int]:
        """Return the process that each part began with, by the part's name."""
        named = {name: process.pid for name, process in self.stage.processes.items()}
        return {**named, "postgres": postmaster(self._postgres), BENCH: os.getpid()}

    def statements(self) -> int:
        """Return how many SQL statements the project's database has executed."""
        return statements(self._postgres, self._database)

    def vault_calls(self) -> dict[str, int]:
        """Return how often Vault was asked what since it was last forgotten."""
        found = self.vault_control.get("/calls").raise_for_status().json()["counts"]
        return {f"{one['method']} {one['folder']}": one["count"] for one in found}

    def forget_calls(self) -> None:
        """Count Vault's and the malls' calls anew."""
        self.vault_control.delete("/calls").raise_for_status()
        self.sandbox.control.delete("/__sandbox__/calls").raise_for_status()


@contextlib.contextmanager
def raised_world(wanted: Wanted) -> Iterator[World]:
    """Start everything and put it in place; yield it in its own settings; end it all."""
    with (
        counting_postgres() as postgres,
        postgres.database(migrated=False) as ours,
        postgres.database(migrated=False) as prefects,
        Stage() as stage,
    ):
        sandbox, signed_up = _sandbox(stage, wanted)
        slack = stage.start_sandbox("slack")
        port = free_port()
        # What begins with the name of Prefect's own driver is only for its server.
        prefects_url = postgres.url(prefects).replace("postgresql:", "postgresql+asyncpg:", 1)
        environment = stage.environment(
            **signed_up,
            CAFE24_ENVIRONMENT="load",
            CAFE24_API_URL=sandbox.mall["api_url"],
            CAFE24_DATABASE_URL=postgres.url(ours),
            CAFE24_SPILL_DIR=str(stage.home / "spill"),
            CAFE24_SLACK_WEBHOOK_URL=slack["webhook_url"],
            CAFE24_LANGUAGE="en",
            CAFE24_DETAIL_CALLS_PER_RUN=str(wanted.details),
            # All shards are due at once: nobody measures how long nothing happens.
            CAFE24_SPREAD="0",
            **prefect_environment(stage.home, port),
            PREFECT_SERVER_DATABASE_CONNECTION_URL=prefects_url,
        )
        with only_these(environment, stage.home):
            settings = _put_in_place(stage, port, environment, wanted.workers)
            engine = open_engine(settings.database_url.get_secret_value())
            stage.stack.callback(engine.dispose)
            control = _control(stage, sandbox.vault["url"], "/__sandbox__")
            yield World(wanted, stage, sandbox, control, settings, engine, postgres, ours)


def _sandbox(stage: Stage, wanted: Wanted) -> tuple[Sandbox, dict[str, str]]:
    """Start the fleet and its Vault; return them, and the settings that sign us in."""
    vault = stage.start_sandbox("vault")
    mall = stage.start_sandbox(
        "mall",
        *("--malls", str(wanted.malls)),
        *("--sizes", wanted.sizes),
        *("--product-count", str(SMALL)),
        *("--seed", str(wanted.seed)),
    )
    room = sandbox_room(vault["url"], vault["root_token"], stage.stack)
    sandbox = Sandbox(vault, mall, _control(stage, mall["url"], ""))
    return sandbox, {"VAULT_ADDR": vault["url"], **room.sign_up()}


def _put_in_place(stage: Stage, port: int, environment: dict[str, str], workers: int) -> Settings:
    """Start Prefect, do what `manage.py setup` does, start the workers."""
    from cli.setup import put_in_place  # noqa: PLC0415 - Prefect reads its settings at import

    stage.start_prefect(environment, port)
    settings = Settings.load(stage.home)
    put_in_place(settings)
    _stop_schedules()
    for number in range(1, workers + 1):
        stage.start_worker(environment, f"worker {number}")
    return settings


def _stop_schedules() -> None:
    """Let nothing run but what the bench starts."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - as above

    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments():
            for schedule in deployment.schedules:
                client.update_deployment_schedule(deployment.id, schedule.id, active=False)


def _control(stage: Stage, url: str, path: str) -> httpx.Client:
    client = httpx.Client(base_url=f"{url}{path}", timeout=120, trust_env=False)
    return stage.stack.enter_context(client)
