"""One Prefect server for the whole session, and a mall that real flows run against.

The flows run in the test's own process; Vault, mall, Slack and Prefect's API are
servers of their own.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from cafe24.malls import mall_id
from cafe24.settings import PROJECT, Settings
from tests.integration.surroundings import UI_URL, Prefect, Shop, ignore_open_sockets_to

_numbers = iter(range(1, 1000))


@pytest.fixture(scope="session")
def prefect(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Prefect]:
    """A Prefect server that lives as long as the session, and has a home of its own."""
    # Imported here: tests that need no Prefect do not wait for it.
    from prefect.settings import (  # noqa: PLC0415
        PREFECT_API_URL,
        PREFECT_HOME,
        PREFECT_LOGGING_LEVEL,
        PREFECT_SERVER_ANALYTICS_ENABLED,
        PREFECT_SERVER_DATABASE_CONNECTION_URL,
        PREFECT_UI_URL,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415

    home = tmp_path_factory.mktemp("prefect")
    own = {
        PREFECT_HOME: home,
        PREFECT_LOGGING_LEVEL: "WARNING",
        PREFECT_SERVER_ANALYTICS_ENABLED: False,
        PREFECT_UI_URL: UI_URL,
    }
    with (
        temporary_settings(own),
        prefect_test_harness(server_startup_timeout=120),
        httpx.Client(base_url=str(PREFECT_API_URL.value()), timeout=30) as api,
    ):
        ignore_open_sockets_to(api.base_url.port, pytestconfig)
        database = make_url(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).database
        yield Prefect(api, (home, Path(str(database)).parent))


@dataclass(frozen=True)
class Servers:
    """The sandbox's servers, as they said they are."""

    vault: dict[str, Any]
    mall: dict[str, Any]
    slack: dict[str, Any]


@pytest.fixture(scope="session")
def servers(
    vault_server: dict[str, Any], mall_server: dict[str, Any], slack_server: dict[str, Any]
) -> Servers:
    return Servers(vault_server, mall_server, slack_server)


@pytest.fixture
def settings(
    servers: Servers, empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings that point at the sandbox, a folder of their own in Vault, an empty database."""
    shutil.copy(empty_database, tmp_path)
    for name, value in {
        "VAULT_ADDR": servers.vault["url"],
        "VAULT_TOKEN": servers.vault["root_token"],
        "CAFE24_VAULT_PREFIX": f"flows-{tmp_path.name}",
        "CAFE24_API_URL": servers.mall["api_url"],
        "CAFE24_DATABASE_URL": f"sqlite:///{tmp_path}/cafe24.sqlite",
        "CAFE24_SLACK_WEBHOOK_URL": servers.slack["webhook_url"],
        "CAFE24_LANGUAGE": "en",
        "CAFE24_DETAIL_CALLS_PER_RUN": "0",
    }.items():
        monkeypatch.setenv(name, value)
    return Settings.load(tmp_path)


@pytest.fixture
def shop(prefect: Prefect, servers: Servers, settings: Settings) -> Iterator[Shop]:
    """A fresh mall with a live pair, a silent Slack, and blocks that lead there."""
    prefect.write_blocks(settings)
    with (
        httpx.Client(base_url=servers.mall["url"], timeout=30) as malls,
        httpx.Client(base_url=servers.slack["url"], timeout=30) as slack,
    ):
        shop = Shop(mall_id(f"flowmall{next(_numbers):03}"), settings, prefect, malls, slack)
        shop.store_app(servers.mall)
        shop.connect()
        shop.control("limits", {"is_off": True})
        slack.delete("/__sandbox__/messages")
        yield shop
        slack.delete("/__sandbox__/faults")
        slack.post("/__sandbox__/state", json={"webhook": "ok"})
    shop.engine.dispose()
    _end_helpers()


@pytest.fixture(scope="session")
def deployed(prefect: Prefect) -> None:
    """The work pool and the deployments are there; the flows start and link to them by name."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - see prefect

    from blocks.deployments import deployment_changes  # noqa: PLC0415
    from blocks.work_pool import work_pool_changes  # noqa: PLC0415

    assert prefect.api
    with get_client(sync_client=True) as client:
        for change in [*work_pool_changes(client), *deployment_changes(client, PROJECT)]:
            change.carry_out()


def _end_helpers() -> None:
    """End the processes that refreshed for this test's runs."""
    from tasks.keeper import close_keepers  # noqa: PLC0415 - see prefect

    close_keepers()
