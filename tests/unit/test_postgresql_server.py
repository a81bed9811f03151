"""The tests' own PostgreSQL server: gone with whoever started it, and nobody else's."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.postgres_server import PROJECT, PostgresServer

STARTED_AND_KILLED = """
import os, signal
from tests.postgres_server import running_postgres_server
with running_postgres_server() as server:
    print(server.ready["folder"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_two_databases_know_nothing_of_each_other(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as one, postgres_server.database() as other:
        postgres_server.run("CREATE TABLE {} ()", "only_here", database=one)
        with pytest.raises(psycopg.errors.UndefinedTable):
            postgres_server.run("DROP TABLE {}", "only_here", database=other)


def test_a_dropped_database_is_gone(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as name:
        pass
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(postgres_server.url(name))


def test_a_server_that_was_stopped_starts_with_what_it_held(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.database() as name:
        postgres_server.run("CREATE TABLE {} ()", "kept", database=name)
        postgres_server.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(postgres_server.url(name))
        postgres_server.start()
        postgres_server.run("DROP TABLE {}", "kept", database=name)


def test_the_server_and_its_folder_are_gone_when_its_tests_are_killed() -> None:
    command = [sys.executable, "-c", STARTED_AND_KILLED]
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as tests:
        folder, complaints = (
            tests.communicate()
        )  # the server's keeper holds the latter until its end
    assert folder.startswith("/")
    assert not Path(folder.strip()).exists()
    assert complaints == ""
