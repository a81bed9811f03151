"""Failure modes that no other test shows; docs/failure-modes.md lists them all."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from cafe24.boottime import boottime
from cafe24.errors import (
    ContractBroken,
    MallBusy,
    PairSetAside,
    TokenAmbiguous,
    VaultAway,
    VaultRefused,
)
from cafe24.malls import MallId, mall_id
from cafe24.secret import Secret
from cafe24.tokens.answer import NotSpent
from cafe24.tokens.document import MallDocument
from cafe24.tokens.endpoint import Permit, TokenEndpoint
from cafe24.tokens.held import HeldPair
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.need import FORCED
from cafe24.tokens.spill import SpillFolder
from cafe24.tokens.timing import Timing
from tests.integration.test_keeper.keeper_world import (
    World,
    adopt,
    eventually,
    intent_of_another,
    pair_of,
)


def test_a_stale_read_spends_nothing(world: World) -> None:
    keeper = world.keeper()
    stale = world.stored()
    world.rewrite(lambda old: old.model_copy(update={"keep_warm": True}))
    assert keeper._granted(stale) is None
    assert world.grants() == []


def test_waiting_for_another_keeper_ends_busy_and_never_in_a_call(world: World) -> None:
    world.rewrite(lambda old: old.with_intent(intent_of_another(45), datetime.now(UTC)))
    impatient = Keeper(
        world.store,
        TokenEndpoint(world.configuration.api_url, answer_s=0.1),
        environment="test",
        spills=SpillFolder(world.configuration.spill_dir),
        timing=Timing(lease=timedelta(seconds=0.2), settle=timedelta(seconds=0.4)),
    )
    with pytest.raises(MallBusy, match="Another keeper"):
        impatient.refresh(world.mall, FORCED)
    assert world.grants() == []


def test_a_vault_that_hangs_before_the_grant_costs_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cafe24.vault.session.TIMEOUT_S", (1.0, 0.3))
    path = f"POST /v1/secret/data/test-{world.mall}/malls"
    world.order_vault_fault(match=path, kind="hang", times=1)
    with pytest.raises(VaultAway):
        world.keeper().refresh(world.mall)
    assert world.grants() == []
    assert world.is_live(world.stored().document.refresh_token)


def test_a_redirect_of_the_token_endpoint_is_not_followed(world: World) -> None:
    world.order_fault(on="token", kind="status", status=307, times=1)
    with pytest.raises(TokenAmbiguous, match="307"):
        world.keeper().refresh(world.mall)
    assert len(world.grants()) <= 1


def test_a_malls_history_is_kept_long_enough_to_go_back(world: World) -> None:
    world.keeper().refresh(world.mall)
    session = world.store.vault.session
    answer = session.client().secrets.kv.v2.read_secret_metadata(
        f"test-{world.mall}/malls/{world.mall}", mount_point="secret"
    )
    told = answer.json()["data"]
    assert (told["max_versions"], told["cas_required"]) == (200, True)


def test_a_document_that_was_deleted_is_not_made_anew(world: World) -> None:
    path = f"test-{world.mall}/malls/{world.mall}"
    kv = world.store.vault.session.client().secrets.kv.v2
    kv.delete_latest_version_of_secret(path, mount_point="secret")
    with pytest.raises(VaultRefused, match=r"deleted.*undelete"):
        world.keeper().refresh(world.mall)
    assert world.grants() == []


def test_scopes_that_were_not_granted_are_said_and_the_pair_serves(world: World) -> None:
    app = world.store.app(world.stored().document.client_id)
    world.store.write_app(app.model_copy(update={"scopes": [*app.scopes, "mall.write_order"]}))
    refresh = world.keeper().refresh(world.mall)
    assert refresh.outcome == "refreshed"
    assert any("mall.write_order" in one for one in refresh.unfinished)


def test_the_apps_next_secret_is_tried_when_its_old_one_is_refused(world: World) -> None:
    app = world.store.app(world.stored().document.client_id)
    rotated = {"client_secret": Secret("invented-old"), "next_client_secret": app.client_secret}
    world.store.write_app(app.model_copy(update=rotated))
    refresh = world.keeper().refresh(world.mall)
    assert refresh.outcome == "refreshed"
    assert any("next secret" in one for one in refresh.unfinished)
    assert world.is_live(world.stored().document.refresh_token)


def test_a_request_whose_time_has_passed_never_leaves(world: World) -> None:
    app = world.store.app(world.stored().document.client_id)
    token = world.stored().document.refresh_token
    endpoint = TokenEndpoint(world.configuration.api_url)
    for permit in (Permit(boottime(), boottime), Permit(boottime() + 9, boottime, lambda: True)):
        assert isinstance(endpoint.refresh(world.mall, app, token, permit), NotSpent)
    assert world.grants() == []
    assert world.is_live(token)


def test_another_malls_tokens_stay_aside_whatever_drains(world: World) -> None:
    before = world.stored().document.refresh_token
    world.order_fault(on="token", kind="patch", body={"mall_id": "othermall"}, times=1)
    with pytest.raises(ContractBroken, match="quarantine"):
        world.keeper().refresh(world.mall)
    assert world.configuration.drain().everything() == []
    assert world.stored().document.refresh_token == before
    # The token that was presented is spent: it is never called again.
    assert world.stored().document.status == "reauthorize"
    assert [record.outcome for record in world.records][-1] == "set_aside"
    assert world.store.quarantined(world.mall) is not None


def test_a_document_that_is_wiped_in_the_middle_of_a_grant_leaves_the_pair_in_quarantine(
    world: World,
) -> None:
    world.order_fault(on="token", kind="slow", delay_s=0.5, times=1)
    path = f"/v1/secret/metadata/test-{world.mall}/malls/{world.mall}"
    sign_in = world.configuration.sign_in
    assert sign_in.token is not None
    token = {"X-Vault-Token": sign_in.token.reveal()}

    def wipe() -> None:
        eventually(world.fault_has_struck)
        world.vault_control.request("DELETE", path, headers=token).raise_for_status()

    wiping = threading.Thread(target=wipe)
    wiping.start()
    with pytest.raises(PairSetAside, match="was removed"):
        world.keeper().refresh(world.mall)
    wiping.join()
    held = world.store.quarantined(world.mall)
    assert held is not None
    assert world.is_live(held.refresh_token)


def test_a_pair_that_can_be_put_nowhere_stays_sealed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_given: object, **_named: object) -> None:
        raise RuntimeError("an invented defect")

    keeper = world.keeper()
    monkeypatch.setattr(MallDocument, "with_pair", defect)
    with pytest.raises(RuntimeError, match="invented"):
        keeper.refresh(world.mall)
    monkeypatch.undo()
    [drained] = world.configuration.drain().spills()
    assert drained.came_home
    assert world.is_live(world.stored().document.refresh_token)


def test_a_spill_that_cannot_come_home_stops_no_other_mall(
    world: World, other_mall: MallId
) -> None:
    spill_of_damaged(world, other_mall)
    refresh = world.keeper().refresh(world.mall)
    assert refresh.outcome == "refreshed"
    [drained] = world.configuration.drain().spills()
    assert (drained.mall_id, drained.came_home) == (other_mall, False)
    assert "damaged" in drained.said
    assert len(SpillFolder(world.configuration.spill_dir).paths()) == 1


@pytest.fixture
def other_mall(world: World) -> MallId:
    mall, name = world.mall, mall_id(f"{world.mall}b")
    world.control.post("/__sandbox__/malls", json={"mall_id": name}).raise_for_status()
    client_id = world.stored().document.client_id
    world.mall = name
    adopt(world, client_id)
    world.mall = mall
    return name


def spill_of_damaged(world: World, mall: MallId) -> None:
    """Leave a sealed pair of a mall whose document is then edited by hand."""
    document = world.store.mall(mall).document
    spill = SpillFolder(world.configuration.spill_dir).prepare(mall, world.store.keys().spill)
    spill.seal(HeldPair.bought(document, "a parent", pair_of(document)))
    spill.close()
    path = f"test-{world.mall}/malls/{mall}"
    found = world.store.vault.read(path)
    assert found is not None
    world.store.vault.write(path, {**found.data, "generation": "seven"}, cas=found.number)
