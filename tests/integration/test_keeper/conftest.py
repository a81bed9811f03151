"""A mall and its keeper, against real servers on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cafe24.malls import mall_id
from cafe24.secret import Secret
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import AppDocument
from cafe24.tokens.timing import Timing
from cafe24.vault.session import VaultSignIn
from tests.integration.test_keeper.keeper_world import World, adopt

_numbers = iter(range(1, 1000))


@pytest.fixture
def world(
    vault_server: dict[str, Any], mall_server: dict[str, Any], tmp_path: Path
) -> Iterator[World]:
    mall = mall_id(f"keeper{next(_numbers):03}")
    configuration = TokenConfiguration(
        sign_in=VaultSignIn(address=vault_server["url"], token=Secret(vault_server["root_token"])),
        prefix=f"test-{mall}",
        environment="test",
        api_url=mall_server["api_url"],
        timing=Timing(),
        spill_dir=tmp_path / "spill",
    )
    with (
        httpx.Client(base_url=mall_server["url"]) as control,
        httpx.Client(base_url=vault_server["url"]) as vault_control,
    ):
        world = World(configuration, mall, control, vault_control)
        control.post("/__sandbox__/malls", json={"mall_id": mall}).raise_for_status()
        world.store.write_app(
            AppDocument(
                client_id=mall_server["client_id"],
                client_secret=Secret(mall_server["client_secret"]),
                redirect_uri=mall_server["redirect_uri"],
                scopes=["mall.read_product"],
            )
        )
        adopt(world, mall_server["client_id"])
        yield world
        vault_control.request("DELETE", "/__sandbox__/faults")
