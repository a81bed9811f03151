"""The helper process: it refreshes for a run, and finishes when the run is killed."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from cafe24.errors import HelperGone, Reauthorize
from cafe24.settings import PROJECT
from cafe24.tokens.helper.client import DistantKeeper
from cafe24.tokens.helper.wire import configuration_message, line
from cafe24.tokens.need import FORCED
from tests.integration.test_keeper.keeper_world import World, eventually


@pytest.fixture
def distant(world: World) -> DistantKeeper:
    return DistantKeeper(world.configuration, world.records.append, lambda _mall: {})


def test_a_helper_refreshes_and_reports_and_no_token_crosses_the_pipe(world: World) -> None:
    distant = DistantKeeper(world.configuration, world.records.append, lambda _mall: {})
    refresh = distant.refresh(world.mall)
    distant.close()
    assert (refresh.outcome, refresh.grant) == ("refreshed", world.stored().document.grant)
    assert [record.outcome for record in world.records] == ["refreshed"]
    assert world.records[0].generation == 2


def test_a_token_is_read_from_vault_and_the_helper_is_asked_only_for_a_new_one(
    world: World, distant: DistantKeeper
) -> None:
    first = distant.current(world.mall)
    assert distant.current(world.mall) == first
    distant.close()
    assert first.value == world.stored().document.access_token
    assert len(world.grants()) == 1


def test_an_error_is_the_same_error_on_the_other_side(world: World, distant: DistantKeeper) -> None:
    world.revoke()
    with pytest.raises(Reauthorize, match="another client") as refusal:
        distant.refresh(world.mall, FORCED)
    assert refusal.value.next_step.endswith(f"authorize {world.mall}")
    distant.close()


def test_what_the_ledger_knows_reaches_the_helper(world: World) -> None:
    document = world.stored().document
    distant = DistantKeeper(
        world.configuration, world.records.append, lambda _mall: {document.lineage: 7}
    )
    with pytest.raises(Exception, match="generation 7 was granted"):
        distant.refresh(world.mall, FORCED)
    distant.close()
    assert world.grants() == []


def test_a_killed_helper_is_said_and_the_next_refresh_gets_another(
    world: World, distant: DistantKeeper
) -> None:
    world.order_fault(on="token", kind="slow", delay_s=60, times=1)
    helper = distant._living()

    def kill_it_in_the_middle() -> None:
        eventually(lambda: world.stored().document.intent)
        os.kill(helper._process.pid, signal.SIGKILL)

    killing = threading.Thread(target=kill_it_in_the_middle)
    killing.start()
    with pytest.raises(HelperGone, match="ended without an answer"):
        distant.refresh(world.mall)
    killing.join()
    assert distant._living() is not helper
    distant.close()


RUN = textwrap.dedent(
    """
    import json, sys, time
    from cafe24.tokens.helper import wire
    from cafe24.tokens.helper.client import DistantKeeper
    configuration = wire.read_configuration(json.loads(sys.stdin.readline()))
    mall = sys.stdin.readline().strip()
    DistantKeeper(configuration, lambda record: None, lambda mall: {}).refresh(mall)
    """
)


def test_killing_the_run_in_the_middle_of_a_grant_loses_nothing(world: World) -> None:
    before = world.stored().document
    world.order_fault(on="token", kind="slow", delay_s=1.5, times=1)
    run = subprocess.Popen([sys.executable, "-c", RUN], cwd=PROJECT, stdin=subprocess.PIPE)
    assert run.stdin is not None
    run.stdin.write(line(configuration_message(world.configuration)))
    run.stdin.write(f"{world.mall}\n".encode())
    run.stdin.flush()
    eventually(lambda: world.stored().document.intent)
    run.kill()
    run.wait()
    run.stdin.close()
    after = eventually(lambda: found if (found := world.stored().document).generation > 1 else None)
    assert world.is_live(after.refresh_token)
    assert not world.is_live(before.refresh_token)
    assert len(world.grants()) == 1
