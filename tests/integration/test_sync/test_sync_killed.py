"""A sync that is killed without warning, and run again: no gap, no repetition."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.test_sync.sandbox_mall import SandboxMall

SYNC = """
import asyncio, sys
from cafe24.api.auth import FixedToken
from cafe24.api.client import MallApi
from cafe24.database.engine import open_engine
from cafe24.malls import mall_id
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.sync import sync_mall
from cafe24.secret import Secret

async def main(mall, url, token, database):
    async with MallApi(mall_id(mall), url, FixedToken(Secret(token))) as api:
        print("begins", flush=True)
        await sync_mall(api, ProductDatabase(open_engine(database)), mode="auto")

asyncio.run(main(*sys.argv[1:]))
"""
PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("lives_s", [0.05, 0.15, 0.3, 0.5])
def test_a_killed_sync_is_finished_by_the_next_at_once(
    sandbox_mall: SandboxMall, lives_s: float
) -> None:
    sandbox_mall.order("limits", {"is_off": True, "latency_s": 0.05})
    token = sandbox_mall.current(sandbox_mall.mall_id).value.reveal()
    database = sandbox_mall.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", SYNC, sandbox_mall.mall_id, sandbox_mall.url, token, database]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        killed.stdout.readline()
        time.sleep(lives_s)
        killed.kill()
    report = sandbox_mall.sync()
    assert (report.outcome, report.stored) == ("synced", 250)
    sandbox_mall.assert_tables_equal_the_mall()
