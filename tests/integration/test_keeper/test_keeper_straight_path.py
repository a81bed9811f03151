"""The keeper against a real Vault API and a real token endpoint, both on loopback.

The mall is asked from outside what became of its tokens; the keeper's word is
not taken for it.
"""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cafe24.boottime import boottime
from cafe24.errors import (
    AppRefused,
    Cafe24Away,
    NeedsPerson,
    RateLimited,
    Reauthorize,
    TokenAmbiguous,
    UsageError,
    VaultAway,
    VaultRefused,
)
from cafe24.malls import mall_id
from cafe24.secret import Secret
from cafe24.tokens.need import FORCED, KEEP_ALIVE, KEEP_WARM, Need, Override
from tests.integration.test_keeper.keeper_world import World, intent_of_another, later, when_settled


def test_a_refresh_spends_the_old_token_once_and_keeps_the_new_one(world: World) -> None:
    before = world.stored().document
    result = world.keeper().refresh(world.mall)
    after = world.stored().document
    assert result.outcome == "refreshed"
    assert result.unfinished == ()
    assert after.generation == before.generation + 1
    assert after.lineage == before.lineage
    assert after.intent is None
    assert not world.is_live(before.refresh_token)
    assert world.is_live(after.refresh_token)
    assert [grant["outcome"] for grant in world.grants()] == ["granted"]
    assert after.access_expires_at - after.issued_at == timedelta(hours=2)
    assert after.refresh_expires_at - after.issued_at == timedelta(days=14)
    assert len(after.calls) == 1


def test_readers_and_monitor_are_told(world: World) -> None:
    world.keeper().refresh(world.mall)
    stored = world.stored()
    copy = world.store.read_access(world.mall)
    assert copy is not None
    assert copy[0].access_token == stored.document.access_token
    assert copy[0].generation == stored.document.generation
    assert not hasattr(copy[0], "refresh_token")
    seen = world.store.mall_metadata(world.mall)
    assert seen is not None
    assert seen.custom["version"] == str(stored.version)
    assert seen.custom["status"] == "active"
    shown = str(seen.custom)
    assert stored.document.refresh_token.reveal() not in shown
    assert stored.document.access_token.reveal() not in shown


def test_a_pair_that_meets_the_need_costs_no_grant(world: World) -> None:
    keeper = world.keeper()
    keeper.refresh(world.mall)
    for need in (Need(), KEEP_ALIVE, KEEP_WARM):
        assert keeper.refresh(world.mall, need).outcome == "fresh"
    assert len(world.grants()) == 1


def test_the_witness_is_told_of_every_call_and_of_no_token(world: World) -> None:
    world.keeper().refresh(world.mall)
    [record] = world.records
    assert (record.outcome, record.mall_id, record.environment) == (
        "refreshed",
        world.mall,
        "test",
    )
    assert record.finished_at >= record.started_at
    document = world.stored().document
    assert document.refresh_token.reveal() not in repr(record)
    assert document.access_token.reveal() not in repr(record)


def test_whoever_forces_after_a_grant_gets_another_even_within_one_second(world: World) -> None:
    keeper = world.keeper()
    generations = [keeper.refresh(world.mall, FORCED).grant.generation for _ in range(4)]
    assert generations == [2, 3, 4, 5]


def test_forty_threads_of_one_process_spend_one_grant(world: World) -> None:
    keeper = world.keeper()
    tokens: list[Secret] = []
    threads = [
        threading.Thread(target=lambda: tokens.append(keeper.current(world.mall).value))
        for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 40
    assert len(set(tokens)) == 1
    assert len(world.grants()) == 1


@pytest.mark.parametrize("need", [Need(), FORCED], ids=["usual", "forced"])
def test_keepers_that_know_nothing_of_each_other_spend_one_grant(world: World, need: Need) -> None:
    outcomes: list[str] = []
    asked = boottime()

    def refresh() -> None:
        outcomes.append(world.keeper().refresh(world.mall, need, asked=asked).outcome)

    threads = [threading.Thread(target=refresh) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["fresh"] * 5 + ["refreshed"]
    assert len(world.grants()) == 1


def test_a_rejected_access_token_is_renewed_once_for_all_who_met_the_401(world: World) -> None:
    world.rewrite(lambda old: old.model_copy(update={"access_expires_at": later(hours=1)}))
    keeper = world.keeper()
    rejected = keeper.current(world.mall)
    renewed = keeper.renewed(world.mall, rejected)
    assert renewed.value != rejected.value
    assert keeper.renewed(world.mall, rejected).value == renewed.value
    assert len(world.grants()) == 1


def test_a_401_on_a_pair_of_this_minute_spends_nothing(world: World) -> None:
    keeper = world.keeper()
    keeper.refresh(world.mall)
    with pytest.raises(Cafe24Away, match="younger than a minute"):
        keeper.renewed(world.mall, keeper.current(world.mall))
    assert len(world.grants()) == 1


def test_a_dead_token_is_called_once_and_never_again(world: World) -> None:
    world.revoke()
    with pytest.raises(Reauthorize, match="authorize"):
        world.keeper().refresh(world.mall)
    assert world.stored().document.status == "reauthorize"
    for need in (Need(), FORCED, KEEP_ALIVE):
        with pytest.raises(Reauthorize):
            world.keeper().refresh(world.mall, need)
    assert len(world.grants()) == 1
    assert [record.outcome for record in world.records] == ["refused"]


def test_a_dead_token_is_written_down_when_vault_is_back_and_never_called_again(
    world: World,
) -> None:
    world.revoke()
    path = f"POST /v1/secret/data/test-{world.mall}/malls"
    world.order_vault_fault(match=path, kind="refuse", times=2, skip=1)
    world.order_vault_fault(match=path, kind="drop_after", times=1)
    keeper = world.keeper()
    for _ in range(2):
        with pytest.raises(Reauthorize):
            keeper.refresh(world.mall)
    assert world.stored().document.status == "reauthorize"
    assert len(world.grants()) == 1


def test_a_wrong_client_secret_leaves_the_pair_good(world: World) -> None:
    app = world.store.app(world.stored().document.client_id)
    world.store.write_app(app.model_copy(update={"client_secret": Secret("invented-wrong")}))
    with pytest.raises(AppRefused, match="tokens are good"):
        world.keeper().refresh(world.mall)
    document = world.stored().document
    assert (document.status, document.intent, document.sent) == ("active", None, [])
    assert world.is_live(document.refresh_token)
    world.store.write_app(app)
    assert world.keeper().refresh(world.mall).outcome == "refreshed"


def test_a_lost_answer_is_ambiguous_and_is_not_sent_again(world: World) -> None:
    world.order_fault(on="token", kind="drop_after", times=1)
    with pytest.raises(TokenAmbiguous, match="no clear answer"):
        world.keeper().refresh(world.mall)
    assert world.stored().document.status == "ambiguous"
    with pytest.raises(TokenAmbiguous, match="settled by itself"):
        world.keeper().refresh(world.mall)
    assert len(world.grants()) == 1


def test_after_the_settling_time_one_call_decides(world: World) -> None:
    keeper = world.hasty_keeper()
    world.order_fault(on="token", kind="drop_after", times=1)
    with pytest.raises(TokenAmbiguous):
        keeper.refresh(world.mall)
    with pytest.raises(TokenAmbiguous):
        keeper.refresh(world.mall)
    with pytest.raises(Reauthorize, match="lost response"):
        when_settled(keeper, world.mall)
    assert len(world.grants()) == 2


def test_a_token_that_was_not_spent_after_all_settles_into_a_new_pair(world: World) -> None:
    keeper = world.hasty_keeper()
    world.order_fault(on="token", kind="drop_before", times=1)
    with pytest.raises(TokenAmbiguous):
        keeper.refresh(world.mall)
    assert when_settled(keeper, world.mall).outcome == "refreshed"
    assert world.stored().document.status == "active"


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_is_ambiguous(world: World, status: int) -> None:
    world.order_fault(on="token", kind="status", status=status, times=1)
    with pytest.raises(TokenAmbiguous):
        world.keeper().refresh(world.mall)


def test_a_429_is_waited_for_and_spends_nothing(world: World) -> None:
    world.order_fault(on="token", kind="status", status=429, times=1)
    with pytest.raises(RateLimited) as limited:
        world.keeper().refresh(world.mall)
    assert limited.value.retry_after_s
    document = world.stored().document
    assert (document.status, document.intent) == ("active", None)
    with pytest.raises(RateLimited, match="Cafe24 asked us to wait"):
        world.keeper().refresh(world.mall)
    assert len(world.grants()) <= 1


def test_a_mall_that_is_not_reached_costs_nothing(world: World) -> None:
    away = replace(world.configuration, api_url="http://127.0.0.1:9/{mall_id}")
    with pytest.raises(Cafe24Away, match="Nothing was spent"):
        away.keeper().refresh(world.mall)
    document = world.stored().document
    assert (document.status, document.intent, document.sent) == ("active", None, [])
    assert world.keeper().refresh(world.mall).outcome == "refreshed"


def test_twelve_calls_in_two_hours_are_enough(world: World) -> None:
    now = datetime.now(UTC)
    world.rewrite(lambda old: old.model_copy(update={"calls": [now] * 12}))
    with pytest.raises(RateLimited, match="12 token calls in two hours"):
        world.keeper().refresh(world.mall)
    assert world.grants() == []


def test_a_live_intent_of_another_is_respected(world: World) -> None:
    world.rewrite(lambda old: old.model_copy(update={"access_expires_at": later(minutes=4)}))
    world.rewrite(lambda old: old.with_intent(intent_of_another(45), datetime.now(UTC)))
    result = world.keeper().refresh(world.mall)
    assert result.outcome == "fresh"
    assert world.grants() == []


def test_an_intent_that_was_left_behind_is_settled_not_overrun(world: World) -> None:
    world.rewrite(lambda old: old.with_intent(intent_of_another(0.0), datetime.now(UTC)))
    threading.Event().wait(1.1)
    with pytest.raises(TokenAmbiguous, match="settled by itself"):
        world.keeper().refresh(world.mall)
    assert world.grants() == []


def test_a_vault_that_is_away_before_the_grant_costs_nothing(world: World) -> None:
    sealed = {"match": f"POST /v1/secret/data/test-{world.mall}", "kind": "refuse", "times": 1}
    world.order_vault_fault(**sealed)
    with pytest.raises(VaultAway):
        world.keeper().refresh(world.mall)
    assert world.grants() == []
    assert world.keeper().refresh(world.mall).outcome == "refreshed"


def test_an_intent_whose_answer_was_lost_is_recognised_as_ours(world: World) -> None:
    lost = {
        "match": f"POST /v1/secret/data/test-{world.mall}/malls",
        "kind": "drop_after",
        "times": 1,
    }
    world.order_vault_fault(**lost)
    assert world.keeper().refresh(world.mall).outcome == "refreshed"
    assert len(world.grants()) == 1


def test_a_vault_that_is_away_after_the_grant_gets_the_pair_when_it_is_back(world: World) -> None:
    path = f"POST /v1/secret/data/test-{world.mall}/malls"
    world.order_vault_fault(match=path, kind="refuse", times=3, skip=1)
    world.order_vault_fault(match=path, kind="drop_after", times=1)
    result = world.keeper().refresh(world.mall)
    assert result.outcome == "refreshed"
    assert world.is_live(world.stored().document.refresh_token)
    assert len(world.grants()) == 1


def test_an_unknown_mall_is_named_with_the_next_step(world: World) -> None:
    with pytest.raises(UsageError, match="authorize elsewhere"):
        world.keeper().refresh(mall_id("elsewhere"))


def test_another_environments_mall_is_refused(world: World) -> None:
    other = replace(world.configuration, environment="dev")
    world.rewrite(lambda old: old.model_copy(update={"access_expires_at": later(hours=1)}))
    for need in (Need(), FORCED):
        with pytest.raises(VaultRefused, match="belongs to the environment 'test'"):
            other.keeper().refresh(world.mall, need)
    assert world.grants() == []
    other.keeper().refresh(world.mall, override=Override(take_over=True))
    assert (world.stored().document.environment, len(world.grants())) == ("dev", 1)


def test_a_name_in_vault_that_is_no_mall_id_stops_nothing(world: World) -> None:
    world.store.vault.write(f"test-{world.mall}/malls/undefined", {"by": "hand"}, cas=0)
    world.store.vault.write(f"test-{world.mall}/malls/folder/x", {"by": "hand"}, cas=0)
    assert world.store.malls() == [world.mall]


def test_a_paused_mall_is_left_alone(world: World) -> None:
    world.rewrite(lambda old: old.marked("paused"))
    with pytest.raises(NeedsPerson, match="paused"):
        world.keeper().refresh(world.mall)
    assert world.grants() == []


def test_a_document_that_was_damaged_by_hand_is_named_and_not_overwritten(world: World) -> None:
    path = f"test-{world.mall}/malls/{world.mall}"
    version = world.store.vault.read(path)
    assert version is not None
    damaged = {**version.data, "refresh_token": 17}
    world.store.vault.write(path, damaged, cas=version.number)
    with pytest.raises(VaultRefused, match=r"damaged: refresh_token") as refusal:
        world.keeper().refresh(world.mall)
    assert version.data["access_token"] not in str(refusal.value)
    after = world.store.vault.read(path)
    assert after is not None
    assert after.number == version.number + 1


def test_a_sealed_vault_is_one_line(world: World) -> None:
    fault = {"match": "GET /v1/secret", "kind": "status", "status": 503, "times": 1}
    fault["errors"] = ["Vault is sealed"]
    world.order_vault_fault(**fault)
    with pytest.raises(VaultAway, match=r"sealed.*Nothing was lost"):
        world.keeper().refresh(world.mall)


def test_an_answer_that_began_to_come_is_read_on_past_the_deadline(world: World) -> None:
    world.order_fault(on="token", kind="drip", delay_s=4, times=1)
    assert world.hasty_keeper().refresh(world.mall).outcome == "refreshed"
    assert world.is_live(world.stored().document.refresh_token)


def test_whoever_is_stopping_waits_no_longer_than_the_deadline(world: World) -> None:
    world.order_fault(on="token", kind="drip", delay_s=60, times=1)
    began = boottime()
    with pytest.raises(TokenAmbiguous):
        world.hasty_keeper(world.fault_has_struck).refresh(world.mall)
    assert boottime() - began < 10


def test_an_app_that_holds_its_secret_alone_is_enough_for_a_refresh(world: World) -> None:
    client_id = world.stored().document.client_id
    path = f"test-{world.mall}/apps/{client_id}"
    version = world.store.vault.read(path)
    assert version is not None
    only = {"client_secret": version.data["client_secret"]}
    world.store.vault.write(path, only, cas=version.number)
    assert world.keeper().refresh(world.mall).outcome == "refreshed"
    world.store.vault.write(path, {**only, "client_id": "another"}, cas=version.number + 1)
    with pytest.raises(VaultRefused, match="belongs to the app another"):
        world.keeper().refresh(world.mall, FORCED)
