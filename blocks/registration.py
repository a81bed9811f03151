"""Writes our blocks, and their types, from the settings."""

import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import cast

from prefect.blocks.core import Block
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from pydantic import SecretStr

from blocks.change import Change, differing
from blocks.product_database import DEFAULT as DATABASE
from blocks.product_database import ProductDatabase
from blocks.slack_channel import DEFAULT as CHANNEL
from blocks.slack_channel import SlackChannel
from blocks.token_vault import KEEPER, MONITOR, TokenVault
from cafe24.settings import Settings

SERVER_LANE = "slack-server-lane"
PARTS = 3
"""Of what a block is in Prefect: type, schema, document."""


def block_changes(client: SyncPrefectClient, settings: Settings) -> Iterator[Change]:
    """Yield what each of our block documents needs.

    Raises:
        SettingsError: the settings do not say where Vault is, or how to sign in.
    """
    for name, block in wanted_blocks(settings):
        yield _change(client, name, block)


def wanted_blocks(settings: Settings) -> Iterator[tuple[str, Block]]:
    """Yield every document's name and content.

    Raises:
        SettingsError: what is set cannot be used; it is named.
    """
    version = settings.api_version
    spread_s = settings.spread.total_seconds() if settings.spread is not None else None
    keeper = settings.keeper_tokens()
    yield KEEPER, TokenVault.of(keeper, api_version=version, spread_s=spread_s)
    yield MONITOR, _monitor(settings)
    yield (
        DATABASE,
        ProductDatabase(
            url=settings.database_url, detail_calls_per_run=settings.detail_calls_per_run
        ),
    )
    yield CHANNEL, _slack(settings)
    if settings.slack_webhook_url:
        yield SERVER_LANE, _server_lane(settings.slack_webhook_url)


def has_monitor(settings: Settings) -> bool:
    """Tell whether the monitor has a sign-in of its own."""
    return bool(settings.monitor_role_id and settings.monitor_secret_id)


def _monitor(settings: Settings) -> TokenVault:
    """Return the monitor's block; without its own sign-in the keeper's stands in, marked so."""
    is_stand_in = not has_monitor(settings)
    return TokenVault.of(
        settings.keeper_tokens() if is_stand_in else settings.monitor_tokens(),
        is_stand_in=is_stand_in,
        ping_url=settings.ping_url,
    )


def _slack(settings: Settings) -> SlackChannel:
    """Return the channels' block, opened once: an address that is not Slack's goes nowhere."""
    block = SlackChannel(
        webhook_url=settings.slack_webhook_url,
        fallback_webhook_url=settings.slack_fallback_webhook_url,
        bot_token=settings.slack_bot_token,
        channel=settings.slack_channel,
        language=settings.language,
        runbook_url=settings.runbook_url,
    )
    if block.webhook_url or block.fallback_webhook_url or block.bot_token:
        block.open()
    return block


def _server_lane(webhook_url: SecretStr) -> Webhook:
    """Return what Prefect's server itself posts with.

    Not Prefect's notification block for web hooks: when Slack refuses, that one writes the
    whole address into the server's log.
    """
    return Webhook.model_validate(
        {"url": webhook_url, "headers": {"content-type": "application/json"}}
    )


def _change(client: SyncPrefectClient, name: str, block: Block) -> Change:
    slug = block.get_block_type_slug()
    what = f"block {slug}/{name}"
    save = partial(_save, block, name)
    try:
        client.read_block_document_by_name(name, slug)
    except ObjectNotFound:
        return Change(what, "create", save)
    held = _held(type(block), name)
    because = differing(block.model_dump(), held.model_dump()) if held else ("shape",)
    return Change(what, "update", save, because) if because else Change(what, "keep")


def _held(kind: type[Block], name: str) -> Block | None:
    """Return the document, or None when it was written by another version of the block."""
    with warnings.catch_warnings():
        # Another shape is a warning to Prefect as long as it still fits.
        warnings.simplefilter("error", UserWarning)
        try:
            return cast("Block", kind.load(name))
        except (UserWarning, ValueError):
            return None


def _save(block: Block, name: str) -> None:
    """Write type, schema and document, each of which another setup may just have made."""
    for _ in range(PARTS):
        with suppress(ObjectAlreadyExists):
            block.save(name, overwrite=True)
            return
    block.save(name, overwrite=True)
