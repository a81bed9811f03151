"""Who acts in the story besides our flows: the mall, its operator, and Slack's readers."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from cafe24.secret import Secret
from cafe24.tokens.pair import TokenPair

SLACK_S = 30.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Mall:
    """A mall at the sandbox, as its control endpoint shows and changes it."""

    server: httpx.Client
    mall_id: str

    def truth(self) -> dict[str, Any]:
        """Return everything about it: products, variants, live tokens."""
        return self._get("truth")

    def live_refresh_tokens(self) -> set[str]:
        """Return the refresh tokens that still work."""
        return {token["token"] for token in self.truth()["refresh_tokens"]}

    def change_products(self, **order: Any) -> dict[str, Any]:
        """Let products come, change and go."""
        return self._post("products", order)

    def revoke(self) -> None:
        """Kill all tokens, as an owner does who removes the app's consent."""
        self._post("revoke", {"what": "all"})

    def order_faults(self, *faults: dict[str, Any]) -> None:
        """Let the next calls fail as ordered."""
        self._post("faults", list(faults))

    def issue_pair(self, left: timedelta) -> TokenPair:
        """Return a live pair, granted so long ago that its refresh token has `left` to live."""
        life = timedelta(days=14)
        age_s = (life - left).total_seconds()
        tokens = self._post("pair", {"issued_ago_s": age_s})
        issued_at = datetime.now(UTC) - timedelta(seconds=age_s)
        return TokenPair(
            access_token=Secret(tokens["access_token"]),
            access_expires_at=issued_at + timedelta(hours=2),
            refresh_token=Secret(tokens["refresh_token"]),
            refresh_expires_at=issued_at + life,
            issued_at=issued_at,
            scopes=tuple(tokens["scopes"]),
        )

    def consent(self, link: str) -> str:
        """Open the consent page as the principal operator and allow the app.

        Returns the address that the browser is sent to.
        """
        page = self.server.get(link).raise_for_status()
        answer = self.server.post(
            page.url, data={"operator": "principal", "decision": "allow"}, follow_redirects=False
        )
        return str(answer.headers["Location"])

    def _get(self, what: str) -> dict[str, Any]:
        path = f"/__sandbox__/malls/{self.mall_id}/{what}"
        found: dict[str, Any] = self.server.get(path).raise_for_status().json()
        return found

    def _post(self, what: str, order: Any) -> dict[str, Any]:
        path = f"/__sandbox__/malls/{self.mall_id}/{what}"
        found: dict[str, Any] = self.server.post(path, json=order).raise_for_status().json()
        return found


@dataclass(frozen=True, slots=True)
class SlackReader:
    """Somebody who reads the channel."""

    server: httpx.Client

    def messages(self) -> list[str]:
        """Return every message as it was sent, blocks and all, the oldest first."""
        found = self.server.get("/__sandbox__/messages").raise_for_status().json()["messages"]
        return [f"{message['text']} {message['blocks']}" for message in found]

    def wait_for(self, *words: str, after: int = 0) -> str | None:
        """Return the first message past `after` that has all the words, or None in time."""
        until = time.monotonic() + SLACK_S
        while time.monotonic() < until:
            for message in self.messages()[after:]:
                if all(word in message for word in words):
                    return message
            time.sleep(POLL_S)
        return None
