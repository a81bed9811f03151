"""refresh-tokens, against a real Vault API, a real mall and a real Prefect server."""

import json
from datetime import timedelta
from threading import Timer
from typing import Any

import httpx

from flows.refresh_tokens import refresh_tokens
from tasks.keeper import close_keepers
from tests.integration.surroundings import Shop, ran

AN_OLD_PAIR = timedelta(days=10)


def test_a_forced_refresh_spends_the_old_token_keeps_the_new_one_and_tells(shop: Shop) -> None:
    before = shop.document()
    state = ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    after = shop.document()
    live = {token["token"] for token in shop.truth()["refresh_tokens"]}
    assert state.message == "1 refreshed"
    assert after.generation == before.generation + 1
    assert after.refresh_token.reveal() in live
    assert before.refresh_token.reveal() not in live
    ledger = shop.rows("SELECT mall_id, generation, outcome FROM token_grant")
    assert ledger == [{"mall_id": shop.mall, "generation": 2, "outcome": "refreshed"}]
    row = shop.prefect.artifact("token-health")["data"]
    assert f'"mall_id": "{shop.mall}"' in row
    assert '"is": "refreshed"' in row
    [event] = shop.heard("cafe24.token.refreshed")
    assert event["payload"] == {"generation": 2}


def test_what_is_odd_about_a_good_pair_is_an_incident_until_a_refresh_without_it(
    shop: Shop,
) -> None:
    store = shop.tokens.store()
    app = store.app(shop.document().client_id)
    store.write_app(app.model_copy(update={"scopes": [*app.scopes, "mall.read_invented"]}))
    assert ran(refresh_tokens, mall_ids=[shop.mall], force=True).is_completed()
    [incident] = shop.rows("SELECT kind, grade, facts FROM incident WHERE closed_at IS NULL")
    assert (incident["kind"], incident["grade"]) == ("refresh_remark", "warning")
    assert "did not grant the scopes mall.read_invented" in incident["facts"]
    store.write_app(app)
    close_keepers()  # the app is remembered for a minute
    ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    assert shop.rows("SELECT kind FROM incident WHERE closed_at IS NULL") == []


def test_a_runs_name_says_which_malls_and_how(shop: Shop) -> None:
    ran(refresh_tokens, mall_ids=[shop.mall], only_keep_warm=True)
    [run] = shop.prefect.asked("/flow_runs/filter", sort="START_TIME_DESC", limit=1)
    assert run["name"] == f"{shop.mall}, keep warm"


def test_the_weekly_run_takes_every_mall_of_vault_and_leaves_fresh_ones_alone(shop: Shop) -> None:
    shop.connect(shop.other, left=AN_OLD_PAIR)
    state = ran(refresh_tokens)
    assert state.is_completed()
    assert state.message == "1 fresh, 1 refreshed"
    assert shop.document().generation == 1
    assert shop.document(shop.other).generation == 2


def test_keep_warm_takes_only_flagged_malls(shop: Shop) -> None:
    shop.connect(shop.other, left=AN_OLD_PAIR)
    assert ran(refresh_tokens, only_keep_warm=True).message == "There is no mall to do it for."
    shop.change(keep_warm=True)
    assert ran(refresh_tokens, only_keep_warm=True).message == "1 refreshed"
    assert shop.document(shop.other).generation == 1


def test_a_paused_mall_is_left_alone_and_one_that_is_named_is_no_incident(shop: Shop) -> None:
    shop.change(status="paused")
    assert ran(refresh_tokens).message == "There is no mall to do it for."
    named = ran(refresh_tokens, mall_ids=[shop.mall])
    assert named.is_failed()
    assert f"1 not done. {shop.mall}: The mall {shop.mall} is paused." in named.message
    assert shop.rows("SELECT id FROM incident") == []


def test_a_mall_that_vault_does_not_have_is_a_typo_and_no_incident(shop: Shop) -> None:
    state = ran(refresh_tokens, mall_ids=["nosuchmall"])
    assert state.is_failed()
    assert state.message == (
        "1 not done. nosuchmall: Vault has no mall nosuchmall. "
        "Connect it: .venv/bin/python manage.py authorize nosuchmall"
    )
    assert shop.rows("SELECT id FROM incident") == []


def test_one_dead_mall_fails_the_run_once_is_one_incident_and_the_others_go_on(
    shop: Shop,
) -> None:
    shop.connect(shop.other, left=AN_OLD_PAIR)
    shop.control("revoke", {"what": "all"})
    first = ran(refresh_tokens, force=True)
    second = ran(refresh_tokens, force=True)
    assert first.is_failed()
    assert f"{shop.mall}: Cafe24 refuses the refresh token" in first.message
    assert f"manage.py authorize {shop.mall}" in first.message
    assert second.is_completed()
    assert "1 known to be in trouble" in second.message
    assert shop.document(shop.other).generation >= 2
    [incident] = shop.rows("SELECT subject, kind, grade, closed_at FROM incident")
    assert list(incident.values()) == [f"mall:{shop.mall}", "reauthorize", "critical", None]
    assert shop.rows("SELECT purpose FROM alert_message") == [{"purpose": "opened"}]
    assert len(shop.heard("cafe24.token.needs_reauthorization")) == 1
    assert shop.heard("cafe24.alerts.due")


def test_an_answer_that_never_comes_is_an_open_question_and_not_asked_twice(shop: Shop) -> None:
    shop.control("faults", [{"on": "token", "kind": "drop_after"}])
    state = ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    assert state.is_failed()
    assert "no clear answer" in state.message
    assert shop.rows("SELECT kind, grade FROM incident") == [
        {"kind": "token_ambiguous", "grade": "warning"}
    ]
    assert shop.rows("SELECT outcome FROM token_grant") == [{"outcome": "ambiguous"}]
    assert len(shop.heard("cafe24.token.became_ambiguous")) == 1


def test_a_refresh_that_works_closes_what_was_open_and_says_so(shop: Shop) -> None:
    shop.change(environment="another")
    ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    assert shop.rows("SELECT kind, closed_at FROM incident") == [
        {"kind": "refresh_failed", "closed_at": None}
    ]
    [told] = shop.rows("SELECT facts FROM incident")
    facts = json.loads(told["facts"])
    assert facts["expires_at"] == shop.document().refresh_expires_at.isoformat()
    assert "CAFE24_ENVIRONMENT" in facts["reason"]
    shop.change(environment="prod")
    assert ran(refresh_tokens, mall_ids=[shop.mall], force=True).is_completed()
    assert shop.rows("SELECT kind FROM incident WHERE closed_at IS NULL") == []
    assert shop.rows("SELECT purpose FROM alert_message ORDER BY id") == [
        {"purpose": "opened"},
        {"purpose": "recovered"},
    ]
    assert len(shop.heard("cafe24.token.recovered")) == 1


def test_a_vault_that_is_sealed_for_a_moment_is_waited_for(
    shop: Shop, vault_server: dict[str, Any]
) -> None:
    vault = httpx.Client(
        base_url=vault_server["url"], headers={"X-Vault-Token": vault_server["root_token"]}
    )
    with vault:
        vault.put("/v1/sys/seal").raise_for_status()
        key = {"key": vault_server["unseal_key"]}
        Timer(1.0, lambda: vault.put("/v1/sys/unseal", json=key)).start()
        state = ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    assert state.message == "1 refreshed"
