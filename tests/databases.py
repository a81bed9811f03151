"""A fresh database for a test, of either kind that the project supports."""

import contextlib
import shutil
from collections.abc import Iterator

import pytest

from tests.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")


@contextlib.contextmanager
def fresh_database(request: pytest.FixtureRequest, *, migrated: bool = True) -> Iterator[str]:
    """Make a database of the kind that the fixture's parameter names; yield its address.

    Args:
        request: of a fixture with `params=KINDS`.
        migrated: the tables are there, without a row.
    """
    if request.param == "sqlite":
        folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        file = folders.mktemp("database") / "cafe24.sqlite"
        if migrated:
            shutil.copy(request.getfixturevalue("empty_database"), file)
        yield f"sqlite:///{file}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database(migrated=migrated) as name:
            yield server.url(name)
