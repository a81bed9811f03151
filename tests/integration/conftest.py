"""One Prefect server for the whole session, and a mall that real flows run against.

The flows run in the test's own process; Vault, mall, Slack and Prefect's API are
servers of their own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cafe24.database.engine import open_engine
from cafe24.database.migrate import upgrade
from cafe24.malls import mall_id
from cafe24.settings import Settings
from cafe24.tokens.document import AppDocument
from cafe24.tokens.secret import Secret
from tests.integration.surroundings import Prefect, Shop

_numbers = iter(range(1, 1000))


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Prefect's API of a server that lives as long as the session, and has a home of its own."""
    # Imported here: tests that need no Prefect do not wait for it.
    from prefect.settings import (  # noqa: PLC0415
        PREFECT_API_URL,
        PREFECT_HOME,
        PREFECT_LOGGING_LEVEL,
        PREFECT_SERVER_ANALYTICS_ENABLED,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415

    own = {
        PREFECT_HOME: tmp_path_factory.mktemp("prefect"),
        PREFECT_LOGGING_LEVEL: "WARNING",
        PREFECT_SERVER_ANALYTICS_ENABLED: False,
    }
    with (
        temporary_settings(own),
        prefect_test_harness(server_startup_timeout=120),
        httpx.Client(base_url=str(PREFECT_API_URL.value()), timeout=30) as api,
    ):
        yield api


@pytest.fixture
def prefect(prefect_api: httpx.Client) -> Prefect:
    return Prefect(prefect_api)


@pytest.fixture
def shop(
    prefect_api: httpx.Client,
    vault_server: dict[str, Any],
    mall_server: dict[str, Any],
    slack_server: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """A fresh mall, an empty database, a silent Slack, and blocks that point at them."""
    mall = mall_id(f"flowmall{next(_numbers):03}")
    for name, value in {
        "VAULT_ADDR": vault_server["url"],
        "VAULT_TOKEN": vault_server["root_token"],
        "CAFE24_VAULT_PREFIX": f"flows-{mall}",
        "CAFE24_API_URL": mall_server["api_url"],
        "CAFE24_DATABASE_URL": f"sqlite:///{tmp_path}/cafe24.sqlite",
        "CAFE24_SLACK_WEBHOOK_URL": slack_server["webhook_url"],
        "CAFE24_LANGUAGE": "en",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings.load(tmp_path)
    upgrade(settings.database_url.get_secret_value())
    write_blocks(settings)
    engine = open_engine(settings.database_url.get_secret_value())
    with (
        httpx.Client(base_url=mall_server["url"], timeout=30) as malls,
        httpx.Client(base_url=slack_server["url"], timeout=30) as slack,
    ):
        slack.delete("/__sandbox__/messages")
        shop = Shop(
            mall, settings, settings.keeper_tokens(), engine, malls, slack, mall_server["client_id"]
        )
        shop.tokens.store().write_app(
            AppDocument(
                client_id=mall_server["client_id"],
                client_secret=Secret(mall_server["client_secret"]),
                redirect_uri=mall_server["redirect_uri"],
                scopes=["mall.read_product"],
            )
        )
        shop.connect()
        yield shop
        slack.delete("/__sandbox__/faults")
        slack.post("/__sandbox__/state", json={"webhook": "ok"})
    engine.dispose()


def write_blocks(settings: Settings) -> None:
    from blocks.registration import wanted_blocks  # noqa: PLC0415 - see prefect_api

    for name, block in wanted_blocks(settings):
        block.save(name, overwrite=True)
