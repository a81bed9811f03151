"""One mall at the sandbox, its pair in the sandbox's Vault, and who keeps it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx

from cafe24.errors import (
    TokenAmbiguous,
)
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import Intent, MallDocument
from cafe24.tokens.endpoint import TokenEndpoint
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.outcome import GrantRecord, Refresh
from cafe24.tokens.pair import TokenPair
from cafe24.tokens.spill import SpillFolder
from cafe24.tokens.store import Stored, TokenStore
from cafe24.tokens.timing import Timing


@dataclass
class World:
    """One mall at the sandbox, its pair in the sandbox's Vault, and who keeps it."""

    configuration: TokenConfiguration
    mall: MallId
    control: httpx.Client
    vault_control: httpx.Client
    records: list[GrantRecord] = field(default_factory=list)

    def keeper(self) -> Keeper:
        return self.configuration.keeper(self.records.append)

    def hasty_keeper(self, is_stopping: Callable[[], bool] = lambda: False) -> Keeper:
        """A keeper that waits two seconds for an answer, and whose lost ones settle in three."""
        return Keeper(
            self.store,
            TokenEndpoint(self.configuration.api_url, answer_s=2),
            environment="test",
            spills=SpillFolder(self.configuration.spill_dir),
            timing=Timing(lease=timedelta(seconds=2.5), settle=timedelta(seconds=3)),
            witness=self.records.append,
            is_stopping=is_stopping,
        )

    @property
    def store(self) -> TokenStore:
        return self.configuration.store()

    def stored(self) -> Stored:
        return self.store.mall(self.mall)

    def rewrite(self, change: Callable[[MallDocument], MallDocument]) -> None:
        stored = self.stored()
        self.store.write_mall(change(stored.document), cas=stored.version)

    def grants(self) -> list[dict[str, Any]]:
        answer = self.control.get(f"/__sandbox__/malls/{self.mall}/grants").raise_for_status()
        found: list[dict[str, Any]] = answer.json()["grants"]
        return [grant for grant in found if grant["kind"] == "refresh_token"]

    def truth(self) -> dict[str, Any]:
        answer = self.control.get(f"/__sandbox__/malls/{self.mall}/truth").raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def is_live(self, refresh_token: Secret) -> bool:
        live = {token["token"] for token in self.truth()["refresh_tokens"]}
        return refresh_token.reveal() in live

    def order_fault(self, **fault: Any) -> None:
        path = f"/__sandbox__/malls/{self.mall}/faults"
        self.control.post(path, json=[fault]).raise_for_status()

    def fault_has_struck(self) -> bool:
        """Whether the mall has met every fault that was ordered."""
        waiting = self.control.get(f"/__sandbox__/malls/{self.mall}/faults").raise_for_status()
        return not waiting.json()["faults"]

    def order_vault_fault(self, **fault: Any) -> None:
        self.vault_control.post("/__sandbox__/faults", json=fault).raise_for_status()

    def revoke(self) -> None:
        path = f"/__sandbox__/malls/{self.mall}/revoke"
        self.control.post(path, json={"what": "all"}).raise_for_status()


def when_settled(keeper: Keeper, mall: MallId) -> Refresh:
    """Refresh once the lost answer's time is over; Vault's Date counts whole seconds."""
    for _ in range(50):
        try:
            return keeper.refresh(mall)
        except TokenAmbiguous as open_question:
            if "settled by itself in" not in str(open_question):
                raise
            threading.Event().wait(0.2)
    raise AssertionError("it was never settled")


def adopt(world: World, client_id: str, age: timedelta = timedelta(days=7)) -> None:
    """Put a live pair of the mall into Vault, granted `age` ago."""
    answer = world.control.post(
        f"/__sandbox__/malls/{world.mall}/pair", json={"issued_ago_s": age.total_seconds()}
    ).raise_for_status()
    tokens = answer.json()
    issued_at = datetime.now(UTC) - age
    pair = TokenPair(
        access_token=Secret(tokens["access_token"]),
        access_expires_at=issued_at + timedelta(hours=2),
        refresh_token=Secret(tokens["refresh_token"]),
        refresh_expires_at=issued_at + timedelta(days=14),
        issued_at=issued_at,
        scopes=tuple(tokens["scopes"]),
    )
    world.configuration.adoption().adopt(Newcomer(world.mall, client_id, pair))


def intent_of_another(lease_s: float) -> Intent:
    return Intent(
        owner="somebody-else", host="elsewhere", pid=1, generation=1, lease_s=lease_s, parent="p"
    )


def later(**span: float) -> datetime:
    return datetime.now(UTC) + timedelta(**span)


Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], within_s: float = 15) -> Found:
    """Return what `look` finds as soon as it finds something."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {within_s} s")


def pair_of(document: MallDocument) -> TokenPair:
    """Return the pair that a document holds."""
    return TokenPair(
        access_token=document.access_token,
        access_expires_at=document.access_expires_at,
        refresh_token=document.refresh_token,
        refresh_expires_at=document.refresh_expires_at,
        issued_at=document.issued_at,
        scopes=tuple(document.scopes),
    )
