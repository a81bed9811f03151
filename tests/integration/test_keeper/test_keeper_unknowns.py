"""What nobody knows of Cafe24: whichever way it is, no mall is lost by us.

docs/probes.md says how to find out on a test mall.
"""

from typing import Any

import httpx
import pytest

from cafe24.api.auth import BearerAuth
from cafe24.errors import Reauthorize, TokenAmbiguous
from cafe24.tokens.need import FORCED
from tests.integration.test_keeper.keeper_world import World, when_settled

Behaviour = dict[str, Any]


def behave(world: World, behaviour: Behaviour) -> None:
    path = f"/__sandbox__/malls/{world.mall}/behaviour"
    world.control.post(path, json=behaviour).raise_for_status()


@pytest.mark.parametrize("old_token_dies", [False, True], ids=["it lives", "it dies at once"])
def test_a_client_goes_on_whether_or_not_the_old_access_token_outlives_a_refresh(
    world: World, old_token_dies: bool
) -> None:
    behave(world, {"old_access_token_dies": old_token_dies})
    reader, elsewhere = world.keeper(), world.keeper()
    reader.refresh(world.mall)
    address = f"{reader.api_address(world.mall)}/api/v2/admin/products/count"
    with httpx.Client(auth=BearerAuth(reader, world.mall)) as client:
        assert client.get(address).status_code == 200
        elsewhere.refresh(world.mall, FORCED)
        assert client.get(address).status_code == 200
    assert len(world.grants()) == 2


@pytest.mark.parametrize(
    ("behaviour", "is_well"),
    [
        ({}, False),
        ({"reuse_detection": True}, False),
        ({"grace_s": 600}, True),
    ],
    ids=["no grace", "no grace, and reuse revokes the family", "a grace"],
)
def test_a_lost_answer_is_told_as_what_it_is_with_and_without_a_grace(
    world: World, behaviour: Behaviour, is_well: bool
) -> None:
    behave(world, behaviour)
    keeper = world.hasty_keeper()
    world.order_fault(on="token", kind="drop_after", times=1)
    with pytest.raises(TokenAmbiguous):
        keeper.refresh(world.mall)
    if is_well:
        assert when_settled(keeper, world.mall).outcome == "refreshed"
    else:
        with pytest.raises(Reauthorize, match="lost response"):
            when_settled(keeper, world.mall)
    assert world.stored().document.status == ("active" if is_well else "reauthorize")
    assert len(world.grants()) == 2
