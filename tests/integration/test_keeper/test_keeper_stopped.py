"""`manage.py refresh` that is told to stop in the middle of a grant finishes it first."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cafe24.settings import PROJECT
from tests.integration.test_keeper.keeper_world import World, eventually


def refreshing(world: World, tmp_path: Path) -> subprocess.Popen[str]:
    sign_in = world.configuration.sign_in
    assert sign_in.token is not None
    environment = {
        "PATH": os.environ["PATH"],
        "VAULT_ADDR": sign_in.address,
        "VAULT_TOKEN": sign_in.token.reveal(),
        "CAFE24_ENVIRONMENT": world.configuration.environment,
        "CAFE24_VAULT_PREFIX": world.configuration.prefix,
        "CAFE24_API_URL": world.configuration.api_url,
        "CAFE24_SPILL_DIR": str(world.configuration.spill_dir),
        "CAFE24_DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite",
    }
    command = [sys.executable, "manage.py", "refresh", world.mall, "--json"]
    return subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize(("stop", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stop_in_the_middle_of_a_grant_waits_until_the_pair_is_safe(
    world: World, tmp_path: Path, stop: signal.Signals, code: int
) -> None:
    world.order_fault(on="token", kind="slow", delay_s=1.5, times=1)
    command = refreshing(world, tmp_path)
    eventually(world.fault_has_struck)
    command.send_signal(stop)
    command.send_signal(stop)
    out, said = command.communicate(timeout=30)
    assert (command.returncode, out, said.splitlines()[-1:]) == (code, "", ["Stopped."])
    document = world.stored().document
    assert world.is_live(document.refresh_token)
    assert (document.generation, document.intent) == (2, None)
    assert len(world.grants()) == 1


def test_a_stop_while_vault_does_not_take_the_pair_ends_with_a_sealed_spill(
    world: World, tmp_path: Path
) -> None:
    path = f"POST /v1/secret/data/{world.configuration.prefix}/malls/{world.mall}"
    world.order_vault_fault(match=path, kind="hang", skip=1, times=None)
    command = refreshing(world, tmp_path)
    eventually(world.grants)
    command.send_signal(signal.SIGTERM)
    assert command.communicate(timeout=30)[1].splitlines()[-1] == "Stopped."
    world.vault_control.request("DELETE", "/__sandbox__/faults").raise_for_status()
    [drained] = world.configuration.drain().spills()
    assert drained.came_home
    assert world.is_live(world.stored().document.refresh_token)
