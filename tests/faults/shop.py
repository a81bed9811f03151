"""One mall with a pair in Vault, seen and disturbed from outside the keeper."""

import itertools
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cafe24.errors import CafeError
from cafe24.malls import MallId, mall_id
from cafe24.secret import Secret
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.held import HeldPair
from cafe24.tokens.keys import Keys
from cafe24.tokens.pair import TokenPair
from cafe24.tokens.spill import SpillFolder, left_behind
from cafe24.tokens.store import Stored, TokenStore
from cafe24.vault.kv import Version
from tests.faults.street import PREFIX, Street

WEEK = timedelta(days=7)

_numbers = itertools.count(1)


def open_shop(street: Street) -> "Shop":
    """Open a mall whose pair was granted a week ago: it wants a refresh."""
    mall = mall_id(f"fault{os.getpid()}x{next(_numbers)}")
    street.malls.post("/__sandbox__/malls", json={"mall_id": mall}).raise_for_status()
    shop = Shop(street, mall, street.configuration(street.folder / mall))
    shop.adopt(shop.new_pair())
    return shop


@dataclass(frozen=True)
class Shop:
    """One mall: orders for its servers, and what they say of it."""

    street: Street
    mall: MallId
    configuration: TokenConfiguration

    @property
    def store(self) -> TokenStore:
        """What the bench itself reads with."""
        return self.street.store

    @property
    def keys(self) -> Keys:
        """The project's keys, as the bench knows them."""
        return self.street.keys

    def new_pair(self) -> dict[str, Any]:
        """Have the mall issue a pair, as if somebody had consented a week ago."""
        answer: dict[str, Any] = self.ask_mall("pair", {"issued_ago_s": WEEK.total_seconds()})
        return answer

    def adopt(self, tokens: dict[str, Any]) -> None:
        """Put the pair into Vault, a week old."""
        issued_at = datetime.now(UTC) - WEEK
        pair = TokenPair(
            access_token=Secret(tokens["access_token"]),
            access_expires_at=issued_at + timedelta(hours=2),
            refresh_token=Secret(tokens["refresh_token"]),
            refresh_expires_at=issued_at + timedelta(days=14),
            issued_at=issued_at,
            scopes=tuple(tokens["scopes"]),
        )
        self.street.adoption.adopt(Newcomer(self.mall, self.street.app.client_id, pair))

    def ask_mall(self, what: str, order: Any = None) -> Any:
        """Give the mall's control an order, or ask it something."""
        path = f"/__sandbox__/malls/{self.mall}/{what}"
        method = "GET" if order is None else "POST"
        return self.street.malls.request(method, path, json=order).raise_for_status().json()

    def order_vault_fault(self, **fault: Any) -> None:
        """Order a fault; `{mall}` in its match stands for the mall's document."""
        match = fault["match"].replace("{mall}", f"/v1/secret/data/{PREFIX}/malls/{self.mall}")
        order = {**fault, "match": match}
        self.street.vault.post("/__sandbox__/faults", json=order).raise_for_status()

    def seal_vault(self) -> None:
        """Seal Vault, as an operator or a restart does."""
        self.street.vault.post("/v1/sys/seal").raise_for_status()

    def snapshot(self) -> str:
        """Copy the whole of Vault; return the copy's name."""
        name: str = self.street.vault.post("/__sandbox__/snapshot").json()["id"]
        return name

    def restore(self, name: str) -> None:
        """Roll Vault back to a copy."""
        self.street.vault.post("/__sandbox__/restore", json={"id": name}).raise_for_status()

    def heal(self) -> None:
        """Take every fault back and unseal Vault."""
        self.street.vault.request("DELETE", "/__sandbox__/faults").raise_for_status()
        key = {"key": self.street.servers.vault["unseal_key"]}
        self.street.vault.post("/v1/sys/unseal", json=key).raise_for_status()
        path = f"/__sandbox__/malls/{self.mall}/faults"
        self.street.malls.request("DELETE", path).raise_for_status()

    def posts(self) -> list[dict[str, Any]]:
        """Return every refresh that reached the mall's token endpoint."""
        grants = self.ask_mall("grants")["grants"]
        return [grant for grant in grants if grant["kind"] == "refresh_token"]

    def live(self) -> set[str]:
        """Return the refresh tokens that work, as only the mall knows."""
        truth = self.ask_mall("truth?fields=product_no")
        return {token["token"] for token in truth["refresh_tokens"]}

    def stored(self) -> Stored:
        """Return the document as it stands."""
        return self.store.mall(self.mall)

    def versions(self) -> list[Version]:
        """Return every version of the document, oldest first."""
        path = f"{PREFIX}/malls/{self.mall}"
        found = (
            self.store.vault.read(path, version=number)
            for number in range(1, self.stored().version + 1)
        )
        return [version for version in found if version is not None]

    def sealed_pairs(self) -> list[HeldPair]:
        """Return what lies sealed on this host, set aside or not."""
        folder = SpillFolder(self.configuration.spill_dir)
        found = (self._opened(path) for path in [*folder.paths(), *folder.kept_aside()])
        return [held for held in found if held is not None]

    def _opened(self, path: Path) -> HeldPair | None:
        spill = left_behind(path)
        if spill is None:
            return None
        try:
            key = None if spill.is_empty else self.keys.spill_at(spill.key_version)
            return spill.opened(key.secret) if key else None
        except CafeError:
            return None
        finally:
            spill.close()

    def held(self) -> set[str]:
        """Return the refresh tokens in the document, in quarantine and in spills."""
        held = {
            self.stored().document.refresh_token,
            *(h.refresh_token for h in self.sealed_pairs()),
        }
        quarantined = self.store.quarantined(self.mall)
        if quarantined is not None:
            held.add(quarantined.refresh_token)
        return {token.reveal() for token in held}
