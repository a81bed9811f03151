"""Prefect's own standard tests for blocks, and what ours promise besides."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.core import Block
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from pydantic import SecretStr

from blocks.product_database import ProductDatabase
from blocks.registration import wanted_blocks
from blocks.slack_channel import SlackChannel
from blocks.token_vault import TokenVault
from cafe24.errors import SettingsError
from cafe24.secret import Secret
from cafe24.settings import Settings
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.timing import Timing
from cafe24.vault.session import VaultSignIn

OURS = {
    "token-vault": TokenVault,
    "product-database": ProductDatabase,
    "slack-channel": SlackChannel,
}


@pytest.mark.parametrize("block", OURS.values(), ids=OURS)
class TestStandard(BlockStandardTestSuite):
    @pytest.fixture
    def block(self, block: type[Block]) -> type[Block]:
        return block

    # We have no pages or pictures on the public net to point at.
    test_has_a_documentation_url = None  # type: ignore[assignment]
    test_has_a_valid_image = None  # type: ignore[assignment]


@pytest.mark.parametrize(("slug", "block"), OURS.items())
def test_a_blocks_slug_is_the_contract(slug: str, block: type[Block]) -> None:
    assert block.get_block_type_slug() == slug


def tokens(**credentials: Any) -> TokenConfiguration:
    return TokenConfiguration(
        sign_in=VaultSignIn(address="https://vault.example:8200", **credentials),
        prefix="cafe24",
        environment="prod",
        api_url="https://{mall_id}.cafe24api.com",
        spill_dir=Path("/var/lib/cafe24/spill"),
        timing=Timing(timedelta(seconds=30), timedelta(minutes=10)),
    )


@pytest.mark.parametrize(
    "credentials",
    [
        {"token": Secret("invented-token")},
        {"role_id": "invented-role", "secret_id": Secret("invented-id"), "namespace": "shops"},
    ],
)
def test_a_vault_block_opens_as_what_it_was_made_from(credentials: dict[str, Any]) -> None:
    assert TokenVault.of(tokens(**credentials)).open() == tokens(**credentials)


def test_secrets_are_masked_wherever_a_block_is_shown() -> None:
    vault = TokenVault.of(tokens(token=Secret("invented-token")))
    database = ProductDatabase(url=SecretStr("postgresql://cafe24:invented-pw@db.example/cafe24"))
    slack = SlackChannel(webhook_url=SecretStr("https://hooks.slack.com/services/invented"))
    shown = f"{vault!r} {vault} {database!r} {slack!r} {vault.open()!r}"
    assert "invented" not in shown


def test_a_channel_without_any_address_is_one_clear_line() -> None:
    with pytest.raises(SettingsError, match="CAFE24_SLACK_WEBHOOK_URL"):
        SlackChannel().open()


def test_the_bot_comes_first_and_the_fallback_last() -> None:
    slack = SlackChannel(
        webhook_url=SecretStr("https://hooks.slack.com/services/T0/B0/invented"),
        fallback_webhook_url=SecretStr("https://hooks.slack.com/services/T0/B1/invented"),
        bot_token=SecretStr("xoxb-invented"),
        channel="C0",
    )
    assert [channel.name for channel in slack.open()] == [
        "bot in C0",
        "webhook",
        "fallback webhook",
    ]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("CAFE24_SLACK_WEBHOOK_URL", "https://evil.example/services/T0/B0/INVENTED"),
        ("CAFE24_SLACK_FALLBACK_WEBHOOK_URL", "https://hooks-slack.com/services/INVENTED"),
    ],
)
def test_a_slack_address_of_another_host_is_refused_before_a_block_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    for name, known in {
        "VAULT_ADDR": "https://vault.example:8200",
        "VAULT_TOKEN": "invented-vault-token",
        "CAFE24_SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/invented",
        setting: value,
    }.items():
        monkeypatch.setenv(name, known)
    with pytest.raises(SettingsError, match=setting) as refusal:
        list(wanted_blocks(Settings.load(tmp_path)))
    assert "INVENTED" not in str(refusal.value)
