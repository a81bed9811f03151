"""check-expiry: grades, incidents, refreshes that start by themselves; no token in reach."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import hvac
import pytest
from pydantic import SecretStr

from blocks.registration import wanted_blocks
from blocks.token_vault import KEEPER, MONITOR, TokenVault
from cafe24.errors import VaultRefused
from cafe24.settings import PROJECT, Settings
from flows.check_expiry import check_expiry
from flows.refresh_tokens import refresh_tokens
from flows.send_alert import send_alert
from tests.integration.surroundings import UI_URL, Shop, ran

TWO_AND_A_HALF_DAYS = timedelta(days=2, hours=12)
TWENTY_HOURS = timedelta(hours=20)
MONITORS = PROJECT / "deploy" / "policies" / "monitor.hcl"


@dataclass(frozen=True)
class Hidden:
    """The end of the name of a mall that the monitor may not see."""

    mall: str


pytestmark = pytest.mark.usefixtures("deployed")


def test_a_healthy_mall_is_graded_and_nobody_is_told(shop: Shop) -> None:
    state = ran(check_expiry)
    assert state.message == "1 graded, 1 changed; the worst is ok."
    assert shop.rows("SELECT name, grade FROM credential_grade ORDER BY name") == [
        {"name": f"mall:{shop.mall}", "grade": "ok"},
        {"name": "slack", "grade": "ok"},
        {"name": "vault:keeper", "grade": "ok"},  # it stands in for the monitor here
    ]
    assert shop.rows("SELECT id FROM incident") == []
    assert shop.said() == []


def test_it_needs_no_sign_in_that_could_read_a_token(shop: Shop, monitor: TokenVault) -> None:
    keeper = TokenVault.load(KEEPER)
    assert isinstance(keeper, TokenVault)
    assert keeper.role_id == "invented-role"
    assert ran(check_expiry).message == "1 graded, 1 changed; the worst is ok."
    store = monitor.open().store()
    assert store.malls() == [shop.mall]
    for reading in (lambda: store.read_mall(shop.mall), lambda: store.app_or_only_one(None)):
        with pytest.raises(VaultRefused):
            reading()
    store.vault.session.sign_out()


@pytest.mark.parametrize("monitor", [Hidden("b")], indirect=True)
def test_one_mall_that_vault_does_not_show_is_an_incident_and_the_others_are_graded(
    shop: Shop, monitor: TokenVault
) -> None:
    assert monitor.role_id
    shop.connect(left=TWENTY_HOURS)
    shop.connect(shop.other)
    assert ran(check_expiry).message == "2 graded, 2 changed; the worst is critical."
    told = "SELECT mall_id, kind, grade FROM incident ORDER BY mall_id"
    assert shop.rows(told) == [
        {"mall_id": shop.mall, "kind": "token_expiring", "grade": "critical"},
        {"mall_id": shop.other, "kind": "mall_unseen", "grade": "warning"},
    ]
    ran(send_alert)
    assert "manage.py doctor" in shop.said()[-1]


def test_a_dead_slack_channel_is_noticed_before_an_alert_needs_it(shop: Shop) -> None:
    shop.slack.post("/__sandbox__/state", json={"webhook": "archived"}).raise_for_status()
    assert ran(check_expiry).message == "1 graded, 1 changed; the worst is critical."
    [incident] = shop.rows("SELECT subject, kind, grade FROM incident")
    assert list(incident.values()) == ["credential:slack", "slack_refused", "critical"]
    shop.slack.post("/__sandbox__/state", json={"webhook": "ok"}).raise_for_status()
    assert ran(check_expiry).message == "1 graded, 0 changed; the worst is ok."
    ran(send_alert)
    [message] = shop.said()
    assert "slack recovered" in message


def test_two_checks_at_once_are_one_incident_and_one_message(shop: Shop) -> None:
    shop.connect(left=TWENTY_HOURS)

    async def both() -> None:
        await asyncio.gather(check_expiry(), check_expiry())
        await asyncio.gather(send_alert(), send_alert())

    asyncio.run(both())
    assert len(shop.rows("SELECT id FROM incident")) == 1
    assert len(shop.said()) == 1


def test_a_token_near_its_end_becomes_an_incident_that_slack_hears_of_once(shop: Shop) -> None:
    shop.connect(left=TWENTY_HOURS)
    shop.connect(shop.other, left=TWO_AND_A_HALF_DAYS)
    assert ran(check_expiry).message == "2 graded, 2 changed; the worst is critical."
    assert shop.rows("SELECT mall_id, kind, grade FROM incident ORDER BY mall_id") == [
        {"mall_id": shop.mall, "kind": "token_expiring", "grade": "critical"},
        {"mall_id": shop.other, "kind": "token_expiring", "grade": "warning"},
    ]
    ran(check_expiry)
    assert ran(send_alert).message == "2 sent, 0 left in the outbox."
    critical, warning = shop.said()
    assert f"manage.py refresh {shop.mall}" in critical
    assert f"manage.py refresh {shop.other}" in warning
    assert f"<{UI_URL}/runs/flow-run/" in critical


def test_what_was_warned_of_is_over_after_a_refresh(shop: Shop) -> None:
    shop.connect(left=TWENTY_HOURS)
    ran(check_expiry)
    [graded] = shop.heard("cafe24.credential.graded")
    assert (graded["payload"]["before"], graded["payload"]["grade"]) == (None, "critical")
    assert len(shop.heard("cafe24.alerts.due")) == 1
    ran(refresh_tokens)
    assert ran(check_expiry).message == "1 graded, 1 changed; the worst is ok."
    ran(send_alert)
    [message] = shop.said()
    assert "recovered" in message


def test_a_mall_that_was_warned_of_and_then_died_is_one_incident(shop: Shop) -> None:
    shop.connect(left=TWO_AND_A_HALF_DAYS)
    ran(check_expiry)
    ran(send_alert)
    shop.control("revoke", {"what": "all"})
    assert ran(refresh_tokens).is_failed()
    assert shop.rows("SELECT id, kind, grade, closed_at FROM incident") == [
        {"id": 1, "kind": "reauthorize", "grade": "critical", "closed_at": None}
    ]
    assert len(shop.heard("cafe24.token.needs_reauthorization")) == 1
    assert ran(check_expiry).message == "1 graded, 1 changed; the worst is reauthorize."
    assert len(shop.rows("SELECT id FROM incident")) == 1
    ran(send_alert)
    assert f"manage.py authorize {shop.mall}" in shop.said()[-1]


def test_an_overdue_refresh_is_started_and_is_news_only_if_that_did_not_help(shop: Shop) -> None:
    shop.connect(left=timedelta(days=5))
    ran(check_expiry)
    [run] = [
        one
        for one in shop.prefect.runs_of("refresh-tokens/weekly")
        if shop.mall in one["parameters"].get("mall_ids", [])
    ]
    assert run["parameters"] == {"mall_ids": [shop.mall]}
    assert shop.rows("SELECT id FROM incident") == []
    ran(check_expiry)
    assert shop.rows("SELECT kind, grade FROM incident") == [
        {"kind": "token_overdue", "grade": "warning"}
    ]


def test_our_own_sign_in_that_ends_soon_is_an_incident_until_there_is_another(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = hvac.Client(url=shop.settings.vault_addr, token=_token(shop.settings))
    ending = root.auth.token.create(policies=["root"], ttl="20h")["auth"]["client_token"]
    monkeypatch.setenv("VAULT_TOKEN", ending)
    _sign_in_by(Settings.load(Path("/nonexistent")))
    assert ran(check_expiry).message == "1 graded, 1 changed; the worst is critical."
    [incident] = shop.rows("SELECT subject, kind, grade, mall_id FROM incident")
    assert list(incident.values()) == [
        "credential:vault:keeper", "vault_signin_expiring", "critical", None
    ]  # fmt: skip
    ran(send_alert)
    assert "doctor" in shop.said()[-1]
    _sign_in_by(shop.settings)
    ran(check_expiry)
    assert shop.rows("SELECT id FROM incident WHERE closed_at IS NULL") == []
    root.session.close()


@pytest.fixture
def monitor(shop: Shop, request: pytest.FixtureRequest) -> Iterator[TokenVault]:
    """Sign the monitor up as an operator does, with a keeper that cannot sign in at all."""
    role, prefix = "cafe24-monitor", shop.settings.vault_prefix
    policy = MONITORS.read_text(encoding="utf-8").replace("/cafe24/", f"/{prefix}/")
    if hidden := getattr(request, "param", None):
        place = f"secret/metadata/{prefix}/malls/{shop.mall}{hidden.mall}"
        policy += f'\npath "{place}" {{ capabilities = ["deny"] }}\n'
    root = hvac.Client(url=shop.settings.vault_addr, token=_token(shop.settings))
    if "approle/" not in root.adapter.get("/v1/sys/auth")["data"]:
        root.sys.enable_auth_method("approle")
    root.sys.create_or_update_policy(role, policy)
    root.auth.approle.create_or_update_approle(role, token_policies=[role])
    own = {
        "vault_token": None,
        "vault_role_id": "invented-role",
        "vault_secret_id": SecretStr("invented-id"),
        "monitor_role_id": root.auth.approle.read_role_id(role)["data"]["role_id"],
        "monitor_secret_id": SecretStr(
            root.auth.approle.generate_secret_id(role)["data"]["secret_id"]
        ),
    }
    root.session.close()
    _sign_in_by(shop.settings.model_copy(update=own))
    signed_up = TokenVault.load(MONITOR)
    assert isinstance(signed_up, TokenVault)
    yield signed_up
    _sign_in_by(shop.settings)


def _sign_in_by(settings: Settings) -> None:
    blocks = dict(wanted_blocks(settings))
    for name in (KEEPER, MONITOR):
        blocks[name].save(name, overwrite=True)


def _token(settings: Settings) -> str:
    assert settings.vault_token is not None
    return settings.vault_token.get_secret_value()
