"""A desk for each test: an empty place in the sandbox's Vault, a mall of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cafe24.checkup import this_host
from cafe24.malls import mall_id
from cli.prefect_checkup import Drift
from tests.integration.test_keeper_commands.desk import Desk
from tests.integration.test_keeper_commands.prefect_stand_in import (
    PrefectStandIn,
    running_stand_in,
)

_numbers = iter(range(1, 1000))


@pytest.fixture
def empty_desk(  # noqa: PLR0913, PLR0917 - what a desk stands on
    vault_server: dict[str, Any],
    mall_server: dict[str, Any],
    empty_database: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    mall = mall_id(f"deskmall{next(_numbers):03}")
    database = tmp_path / "cafe24.sqlite"
    database.write_bytes(empty_database.read_bytes())
    for name, value in {
        "VAULT_ADDR": vault_server["url"],
        "VAULT_TOKEN": vault_server["root_token"],
        "CAFE24_VAULT_PREFIX": f"desk-{mall}",
        "CAFE24_API_URL": mall_server["api_url"],
        "CAFE24_DATABASE_URL": f"sqlite:///{database}",
        "CAFE24_SPILL_DIR": str(tmp_path / "spill"),
    }.items():
        monkeypatch.setenv(name, value)
    root = {"X-Vault-Token": vault_server["root_token"]}
    with (
        httpx.Client(base_url=vault_server["url"], headers=root) as vault,
        httpx.Client(base_url=mall_server["url"]) as malls,
    ):
        malls.post("/__sandbox__/malls", json={"mall_id": mall}).raise_for_status()
        desk = Desk(mall, mall_server, vault, malls, capsys, monkeypatch)
        desk.store_app()
        yield desk


@pytest.fixture
def desk(empty_desk: Desk) -> Desk:
    """A desk whose mall is connected."""
    empty_desk.connect()
    return empty_desk


@pytest.fixture
def prefect_stand_in() -> Iterator[PrefectStandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def well(
    desk: Desk,
    prefect_stand_in: PrefectStandIn,
    slack_server: dict[str, Any],
) -> Iterator[Desk]:
    """A desk that nothing ails: least rights, a monitor, and a test's folder counts as lasting.

    Prefect is played, and `setup --diff` finds what the stand-in's `drift` says.
    """
    desk.monkeypatch.setattr(this_host, "PASSING", ())
    desk.monkeypatch.setattr(this_host, "FORGETFUL", frozenset())
    desk.store.keys().make()
    desk.monkeypatch.setenv("VAULT_TOKEN", desk.token_with("keeper"))
    desk.give_monitor()
    desk.monkeypatch.setenv("CAFE24_SLACK_WEBHOOK_URL", slack_server["webhook_url"])
    desk.monkeypatch.setenv("PREFECT_API_URL", prefect_stand_in.url)
    desk.monkeypatch.setattr(Drift, "begun", lambda: prefect_stand_in)
    yield desk
    httpx.post(f"{slack_server['url']}/__sandbox__/state", json=ALIVE).raise_for_status()


ALIVE = {"webhook": "ok", "fallback": "ok", "bot": "ok", "channel": "ok"}
