"""What of a sync waits for PostgreSQL's disk."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, event

from cafe24.database.engine import open_engine
from tests.postgres_server import PostgresServer
from tests.product_world import World


@pytest.fixture
def engine(postgres_server: PostgresServer) -> Iterator[Engine]:
    with postgres_server.database() as name:
        engine = open_engine(postgres_server.url(name))
        yield engine
        engine.dispose()


def test_the_pages_do_not_wait_for_the_disk_and_the_runs_last_line_does(engine: Engine) -> None:
    world = World(engine)
    world.stock(*range(1, 251))
    waits: list[bool] = []

    @event.listens_for(engine, "commit")
    def note(connection: Connection) -> None:
        told = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
        waits.append(told == "on")

    assert world.sync().outcome == "synced"
    assert waits[0]
    assert waits[-1]
    assert waits.count(False) >= 3
