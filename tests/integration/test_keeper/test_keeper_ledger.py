"""The ledger as `manage.py` uses it: a database that is quite new gets its tables first."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from cafe24.settings import Settings
from cafe24.tokens.need import FORCED
from cli.ledger import known_generations, write_ledger
from tests.integration.test_keeper.keeper_world import World


def test_a_new_database_takes_the_ledger(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite"
    settings = Settings.model_construct(database_url=SecretStr(url))
    assert known_generations(settings, world.mall) == {}
    world.keeper().refresh(world.mall, FORCED)
    write_ledger(settings, world.records)
    assert known_generations(settings, world.mall) == {world.stored().document.lineage: 2}
    assert capsys.readouterr().err == ""


def test_a_database_of_somebody_elses_is_left_alone_and_said(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/theirs.sqlite"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    engine.dispose()
    settings = Settings.model_construct(database_url=SecretStr(url))
    assert known_generations(settings, world.mall) == {}
    assert "The ledger was not asked; Vault's own count serves." in capsys.readouterr().err
