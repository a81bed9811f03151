"""The least that a refresh can cost: its own HTTP calls, with nothing around them."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest.mock import patch

import httpx
import hvac
import requests

from cafe24.malls import MallId

VaultCall = tuple[str, str, bytes]
"""Method, path and body."""

ANY_MALL = "{mall}"


class Calls:
    """Watches what a keeper asks of Vault and of the malls."""

    def __init__(self) -> None:
        self.vault: list[VaultCall] = []
        self.mall = 0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Write down every call of this process meanwhile."""
        send, stream = requests.Session.send, httpx.Client.send

        def vault(session: Any, request: Any, **how: Any) -> Any:
            self.vault.append((request.method, request.path_url, request.body or b""))
            return send(session, request, **how)

        def mall(client: Any, request: Any, **how: Any) -> Any:
            self.mall += 1
            return stream(client, request, **how)

        with (
            patch.object(requests.Session, "send", vault),
            patch.object(httpx.Client, "send", mall),
        ):
            yield

    def of_any_mall(self, watched: MallId) -> list[VaultCall]:
        """Return Vault's calls as they would be for any mall."""
        return [
            (method, path.replace(watched, ANY_MALL), body) for method, path, body in self.vault
        ]


class Floor:
    """The same calls by the same clients, with nothing around them."""

    def __init__(
        self,
        vault: hvac.Client,
        app: Mapping[str, Any],
        seen: Sequence[VaultCall],
        tokens: dict[str, str],
    ) -> None:
        """Take what the calls are made of.

        Args:
            vault: the client that a keeper would ask Vault by.
            app: the sandbox's mall as it said it is.
            seen: the calls of one refresh, for any mall.
            tokens: a live refresh token of each mall; replaced as they are spent.
        """
        self._vault = vault
        self._client = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))
        self._app = app
        self._seen = seen
        self._tokens = tokens

    def refresh(self, mall: MallId) -> None:
        """Make the calls in their order; a document is written over the newest version."""
        is_sent = False
        for method, path, body in self._seen:
            is_write = method == "POST" and f"malls/{ANY_MALL}" in path and "/data/" in path
            self._ask(method, path.replace(ANY_MALL, f"{mall}-floor"), body)
            if is_write and not is_sent:
                self._spend(mall)
                is_sent = True

    def _ask(self, method: str, path: str, body: bytes) -> None:
        if body:
            sent = json.loads(body)
            sent.pop("options", None)
            body = json.dumps(sent).encode()
        headers = {"X-Vault-Token": self._vault.token}
        url = f"{self._vault.url}{path}"
        answer = self._vault.session.request(method, url, data=body or None, headers=headers)
        if answer.content:
            answer.json()

    def _spend(self, mall: MallId) -> None:
        answer = self._client.post(
            f"{self._app['api_url'].format(mall_id=mall)}/api/v2/oauth/token",
            data={"grant_type": "refresh_token", "refresh_token": self._tokens[mall]},
            auth=(self._app["client_id"], self._app["client_secret"]),
        )
        self._tokens[mall] = answer.raise_for_status().json()["refresh_token"]

    def close(self) -> None:
        """Release the client."""
        self._client.close()
