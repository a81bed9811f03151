"""One mall's access token, read from Vault, for any script or server.

It refreshes nothing, and cannot: the reader's policy shows one access token and no more.
Whoever keeps the token valid is the keeper, `manage.py keep-warm MALL on`. Needs httpx.
"""

import re
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

MARGIN = timedelta(minutes=5)
"""As the keeper: a token with less left than this is looked up anew."""

ANSWER_S = 5.0
MALL_ID = re.compile(
    r"(?!(?:undefined|null|none|nan|true|false)$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)


class Cafe24TokenError(Exception):
    """What went wrong, and the next step. Never holds a token or a secret."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the token is, and who reads it."""

    mall_id: str
    vault_addr: str
    role_id: str
    secret_id: str = field(repr=False)
    namespace: str = ""
    mount: str = "secret"
    prefix: str = "cafe24"
    api_url: str = "https://{mall_id}.cafe24api.com"

    def __post_init__(self) -> None:
        if not MALL_ID.fullmatch(self.mall_id):
            raise Cafe24TokenError(
                f"{self.mall_id!r} is no mall id. Give the one before .cafe24.com."
            )


@dataclass(frozen=True)
class _Held:
    token: str = field(repr=False)
    until: float

    def has_left(self, margin: timedelta = timedelta()) -> bool:
        return self.until - time.time() > margin.total_seconds()


class Cafe24AccessToken:
    """Gives a token that is valid now; safe for threads, of whom one asks Vault."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._vault = httpx.Client(base_url=place.vault_addr, timeout=ANSWER_S)
        self._api = httpx.Client(base_url=place.api_url.format(mall_id=place.mall_id))
        self._sign_in = ""
        self._held: _Held | None = None
        self._reading = threading.Lock()

    def get(self, rejected: str | None = None) -> str:
        """Return a token that is valid now.

        Args:
            rejected: the token that met a 401: Vault is asked whether there is another.

        Raises:
            Cafe24TokenError: there is none to be had; says the next step.
        """
        if held := self._fit(rejected, MARGIN):
            return held.token
        with self._reading:
            # Who waited here while another one asked has its answer.
            if held := self._fit(rejected, MARGIN):
                return held.token
            try:
                self._held = self._read()
            except Cafe24TokenError:
                # Vault is away, the token is not.
                if held := self._fit(rejected):
                    return held.token
                raise
            return self._held.token

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the Admin API.

        A 401 leads to one look into Vault, and to one more call if the token there is
        another one; else the 401 is yours.

        Raises:
            Cafe24TokenError: there is no token to be had.
            httpx.TransportError: Cafe24 gave no answer.
        """
        token = self.get()
        answer = self._call(method, path, token, **more)
        if answer.status_code != httpx.codes.UNAUTHORIZED:
            return answer
        newer = self.get(rejected=token)
        return answer if newer == token else self._call(method, path, newer, **more)

    def _fit(self, rejected: str | None, margin: timedelta = timedelta()) -> _Held | None:
        held = self._held
        return held if held and held.token != rejected and held.has_left(margin) else None

    def _call(self, method: str, path: str, token: str, **more: Any) -> httpx.Response:
        headers = {**more.pop("headers", {}), "Authorization": f"Bearer {token}"}
        return self._api.request(method, path, headers=headers, **more)

    def _read(self) -> _Held:
        place = self._place
        path = f"{place.mount}/data/{place.prefix}/access/{place.mall_id}"
        self._sign_in = self._sign_in or self._login()
        answer = self._ask("GET", path)
        if answer.status_code == httpx.codes.FORBIDDEN:
            # The sign-in may have ended: one more, and then the refusal is meant.
            self._sign_in = self._login()
            answer = self._ask("GET", path)
        if answer.is_error:
            raise self._refused(answer.status_code)
        found = answer.json()["data"]["data"]
        # By Vault's clock, so that this machine's may be wrong.
        ends = datetime.fromisoformat(found["access_expires_at"])
        left = ends - parsedate_to_datetime(answer.headers["date"])
        if left <= timedelta():
            raise Cafe24TokenError(
                f"The access token of {place.mall_id} ended at {ends}. Whoever runs the keeper: "
                f"manage.py keep-warm {place.mall_id} on, and manage.py refresh {place.mall_id}"
            )
        return _Held(found["access_token"], time.time() + left.total_seconds())

    def _login(self) -> str:
        place = self._place
        told = {"role_id": place.role_id, "secret_id": place.secret_id}
        self._sign_in = ""
        answer = self._ask("POST", "auth/approle/login", json=told)
        if answer.is_server_error:
            raise self._refused(answer.status_code)
        if answer.is_error:
            raise Cafe24TokenError(
                f"Vault refuses the reader's sign-in ({answer.status_code}). Its secret_id has "
                "ended or is another role's: have a new one issued and set it here."
            )
        return str(answer.json()["auth"]["client_token"])

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"X-Vault-Request": "true", "X-Vault-Token": self._sign_in}
        if self._place.namespace:
            headers["X-Vault-Namespace"] = self._place.namespace
        known = {name: value for name, value in headers.items() if value}
        try:
            return self._vault.request(method, f"/v1/{path}", headers=known, **more)
        except httpx.TransportError as failure:
            raise Cafe24TokenError(
                f"Vault is not reached ({type(failure).__name__}). "
                "Check vault_addr and the network."
            ) from None

    def _refused(self, status: int) -> Cafe24TokenError:
        place = self._place
        path = f"{place.mount}/{place.prefix}/access/{place.mall_id}"
        next_step = {
            403: "Give its role the reader's policy of this mall: deploy/policies/reader.hcl",
            404: f"There is no {path}. Connect the mall: manage.py authorize {place.mall_id}",
        }.get(status, "It is sealed or failing: try again later.")
        return Cafe24TokenError(f"Vault answers {status} for {place.mall_id}. {next_step}")
