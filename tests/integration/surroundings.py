"""What tests of whole flows act through: Prefect as a person sees it, and a mall's surroundings."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from cafe24.malls import MallId
from cafe24.settings import Settings
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import MallDocument
from cafe24.tokens.pair import TokenPair
from cafe24.tokens.secret import Secret

LIFE = timedelta(days=14)
HOUR = timedelta(hours=1)
PATIENCE_S = 20.0
POLL_S = 0.1


@dataclass
class Prefect:
    """Prefect's API as a person at the UI sees it."""

    api: httpx.Client

    def asked(self, path: str, **body: Any) -> Any:
        return self.api.post(path, json=body).raise_for_status().json()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of this name, the oldest first."""
        filtered = {"event": {"name": [name]}, "order": "ASC"}
        found: list[dict[str, Any]] = self.asked("/events/filter", filter=filtered)["events"]
        return found

    def runs_of(self, deployment: str) -> list[dict[str, Any]]:
        flow, _, name = deployment.partition("/")
        found: list[dict[str, Any]] = self.asked(
            "/flow_runs/filter",
            flows={"name": {"any_": [flow]}},
            deployments={"name": {"any_": [name]}},
        )
        return found

    def artifact(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/artifacts/{key}/latest").raise_for_status().json()
        return found


@dataclass
class Shop:
    """One mall and everything around it, all of this test alone."""

    mall: MallId
    settings: Settings
    tokens: TokenConfiguration
    engine: Engine
    malls: httpx.Client
    slack: httpx.Client
    client_id: str

    def connect(self, mall: MallId | None = None, left: timedelta = LIFE - HOUR) -> None:
        """Put a live pair into Vault, whose refresh token has `left` to live."""
        name = mall or self.mall
        self.malls.post("/__sandbox__/malls", json={"mall_id": name}).raise_for_status()
        issued_at = datetime.now(UTC) - (LIFE - left)
        answer = self.control("pair", {"issued_ago_s": (LIFE - left).total_seconds()}, name)
        pair = TokenPair(
            access_token=Secret(answer["access_token"]),
            access_expires_at=issued_at + timedelta(hours=2),
            refresh_token=Secret(answer["refresh_token"]),
            refresh_expires_at=issued_at + LIFE,
            issued_at=issued_at,
            scopes=tuple(answer["scopes"]),
        )
        self.tokens.adoption().adopt(Newcomer(name, self.client_id, pair))

    def control(self, what: str, order: Any, mall: str | None = None) -> Any:
        """Change the mall from outside."""
        path = f"/__sandbox__/malls/{mall or self.mall}/{what}"
        return self.malls.post(path, json=order).raise_for_status().json()

    def truth(self) -> dict[str, Any]:
        path = f"/__sandbox__/malls/{self.mall}/truth"
        found: dict[str, Any] = self.malls.get(path).raise_for_status().json()
        return found

    def document(self) -> MallDocument:
        return self.tokens.store().mall(self.mall).document

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(text(query))]

    def said(self) -> list[str]:
        """Return what Slack's channel shows, blocks and all."""
        found = self.slack.get("/__sandbox__/messages").raise_for_status().json()["messages"]
        return [f"{message['text']} {message['blocks']}" for message in found]


def ran(flow: Callable[..., Coroutine[Any, Any, Any]], **parameters: Any) -> Any:
    """Run a flow and return its last state."""
    return asyncio.run(flow(**parameters, return_state=True))


def eventually(found: Callable[[], Any]) -> Any:
    """Return the first true thing that `found` gives, or fail."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if value := found():
            return value
        time.sleep(POLL_S)
    pytest.fail(f"nothing came in {PATIENCE_S:g} s")
