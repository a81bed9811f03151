"""The ledger as `manage.py` uses it: a database that is quite new gets its tables first."""

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from cafe24.database.engine import open_engine
from cafe24.settings import Settings
from cafe24.tokens.need import FORCED
from cli.ledger import known_generations, write_ledger
from tests.integration.test_keeper.keeper_world import World


def test_a_new_database_takes_the_ledger(
    world: World, bare_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.model_construct(database_url=SecretStr(bare_database_url))
    assert known_generations(settings, world.mall) == {}
    world.keeper().refresh(world.mall, FORCED)
    write_ledger(settings, world.records)
    assert known_generations(settings, world.mall) == {world.stored().document.lineage: 2}
    assert capsys.readouterr().err == ""


def test_a_database_of_somebody_elses_is_left_alone_and_said(
    world: World, bare_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_engine(bare_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    engine.dispose()
    settings = Settings.model_construct(database_url=SecretStr(bare_database_url))
    assert known_generations(settings, world.mall) == {}
    assert "The ledger was not asked; Vault's own count serves." in capsys.readouterr().err
