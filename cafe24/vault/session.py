"""One sign-in at Vault: made when it is first needed, renewed, made again when it is dead.

Every answer is dated by Vault, because the only wall clock of the token protocol is
Vault's.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import hvac
import requests
from requests.adapters import HTTPAdapter

from cafe24.boottime import boottime
from cafe24.errors import CafeError, VaultAway, VaultRefused
from cafe24.secret import Secret
from cafe24.vault.clock import VaultClock
from cafe24.vault.patience import PatientAdapter
from cafe24.vault.refusals import translated

TIMEOUT_S = (5.0, 10.0)
"""Seconds to connect and to answer: a blocked audit device hangs while health stays green."""

CONNECTIONS = 64

CLOSE_ENOUGH_S = 0.02
"""How closely Vault's clock is looked at where that decides something."""

RENEWED_AFTER = 2 / 3
"""The part of a sign-in's life after which it is renewed."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class VaultSignIn:
    """Where Vault is and who we are there: a token, or an AppRole's two ids."""

    address: str
    namespace: str | None = None
    ca_cert: str | None = None
    token: Secret | None = None
    role_id: str | None = None
    secret_id: Secret | None = None
    mount: str = "secret"


class VaultSession:
    """A client of this process with a living sign-in. Safe for many threads.

    Attributes:
        clock: Vault's clock, as its answers show it.
        role_name: the AppRole's, once it has signed in.
    """

    def __init__(
        self, sign_in: VaultSignIn, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.sign_in = sign_in
        self.clock = VaultClock()
        self.role_name = ""
        self._now = clock
        self._client: hvac.Client | None = None
        self._http: requests.Session | None = None
        self._process = 0
        self._life: _Life | None = None
        self._is_looked_up = False
        self._signing_in = threading.RLock()

    def call(self, where: str, ask: Callable[[hvac.Client], Answer]) -> Answer:
        """Ask Vault; a sign-in that is refused is made again, once.

        Raises:
            VaultRefused: denied, also with a new sign-in.
            VaultAway: no answer, sealed or failing.
        """
        client = self.client()
        try:
            with translated(where):
                return ask(client)
        except VaultRefused:
            if self.sign_in.token is not None:
                raise
        client = self.client(again=True)
        with translated(where):
            return ask(client)

    def client(self, *, again: bool = False) -> hvac.Client:
        """Return the client of this process; after a fork the child gets one of its own."""
        with self._signing_in:
            if self._client is None or again or self._process != os.getpid():
                self._client = self._connected()
                self._sign_in(self._client)
            elif self._life is not None and self._life.is_to_be_renewed(self._now()):
                self._renew(self._client)
            return self._client

    def outlive(self, seconds: float) -> None:
        """Make sure the sign-in lives for `seconds` more: renew it, or sign in again.

        Raises:
            VaultRefused: a token that was given to us ends sooner and cannot be renewed.
        """
        client = self.client()
        with self._signing_in:
            if self.sign_in.token is not None and not self._is_looked_up:
                self._life, self._is_looked_up = self._looked_up(client), True
            if self._is_too_short(seconds):
                self._renew(client, seconds)
            if self._is_too_short(seconds) and self.sign_in.token is None:
                self.client(again=True)
        if self._is_too_short(seconds) and self.sign_in.token is not None:
            raise VaultRefused(
                f"The token VAULT_TOKEN ends in {self.remaining_s():.0f} s, which is too soon to "
                "refresh anything with.",
                "Set one that lives longer, or better VAULT_ROLE_ID and VAULT_SECRET_ID.",
            )

    def remaining_s(self) -> float | None:
        """Return the seconds our sign-in still lives, or None when it does not end."""
        return None if self._life is None else self._life.ends_at - self._now()

    def sign_out(self) -> None:
        """Revoke the token that an AppRole sign-in gave us; a given token stays."""
        client, self._client, self._life = self._client, None, None
        if client is not None and self._process == os.getpid() and self.sign_in.token is None:
            with contextlib.suppress(VaultAway, VaultRefused), translated("auth/token"):
                client.auth.token.revoke_self()

    def health(self) -> Any:
        """Return what Vault says of itself to anybody, also while it is sealed.

        Raises:
            VaultAway: no answer.
        """
        with translated("sys/health"):
            response = self._connected().sys.read_health_status(method="GET")
        try:
            return response.json()
        except ValueError:
            return None

    def looked_up(self) -> dict[str, Any]:
        """Return what Vault says of our sign-in: `ttl`, `renewable`, `num_uses`, `policies`.

        Raises:
            VaultRefused: it is not valid, or may not ask.
            VaultAway: no answer.
        """
        where = "auth/token/lookup-self"
        found: dict[str, Any] = self.call(
            where, lambda client: client.auth.token.lookup_self().json()["data"]
        )
        return found

    def now(self) -> datetime:
        """Return Vault's clock, to the second.

        Raises:
            VaultAway: no answer.
        """
        client = self.client()
        with translated("sys/health"):
            return dated(client.sys.read_health_status(method="GET"))

    def asked_before(self, moment: datetime, asked: float) -> bool:
        """Tell whether something was asked, at a boot time, before a moment of Vault's clock.

        Where the answers heard so far leave that open, Vault is asked until they do not:
        at most until its second is over.

        Raises:
            VaultAway: no answer.
        """
        known = self.clock.at(asked).is_before(moment)
        while known is None and self.clock.uncertainty_s > CLOSE_ENOUGH_S:
            time.sleep(CLOSE_ENOUGH_S)
            self.now()
            known = self.clock.at(asked).is_before(moment)
        return bool(known)

    def _connected(self) -> hvac.Client:
        """Return a client without a sign-in, on the connections that this process has."""
        us = self.sign_in
        with self._signing_in:
            if self._http is None or self._process != os.getpid():
                self._http, self._process = _http(us.ca_cert, self._hear), os.getpid()
                self._client = None  # the parent's, after a fork
            return hvac.Client(
                url=us.address,
                namespace=us.namespace,
                verify=us.ca_cert or True,
                timeout=TIMEOUT_S,  # type: ignore[arg-type]  # requests takes the pair
                session=self._http,
                adapter=PatientAdapter,
            )

    def _sign_in(self, client: hvac.Client) -> None:
        us, self._life, self._is_looked_up = self.sign_in, None, False
        if us.token is not None:
            client.token = us.token.reveal()
            return
        with translated("auth/approle/login"):
            answer = client.auth.approle.login(
                role_id=us.role_id or "", secret_id=us.secret_id.reveal() if us.secret_id else None
            )
        given = answer.json()["auth"]
        self.role_name = given["metadata"]["role_name"]
        self._life = self._life_of(given["lease_duration"])

    def _renew(self, client: hvac.Client, seconds: float | None = None) -> None:
        """Renew the sign-in; where that is refused or gives nothing, an AppRole signs in again."""
        increment = None if seconds is None else f"{int(seconds) + 1}s"
        before = self.remaining_s() or 0.0
        with contextlib.suppress(VaultRefused), translated("auth/token/renew-self"):
            answer = client.auth.token.renew_self(increment=increment)
            self._life = self._life_of(answer.json()["auth"]["lease_duration"])
        if self.sign_in.token is None and (self.remaining_s() or 0.0) <= before:
            self._sign_in(client)

    def _looked_up(self, client: hvac.Client) -> "_Life | None":
        """Return how long a given token lives; None when it does not end or may not ask."""
        with contextlib.suppress(CafeError), translated("auth/token/lookup-self"):
            return self._life_of(client.auth.token.lookup_self().json()["data"]["ttl"])
        return None

    def _life_of(self, seconds: float) -> "_Life | None":
        now = self._now()
        return _Life(now + seconds * RENEWED_AFTER, now + seconds) if seconds else None

    def _is_too_short(self, seconds: float) -> bool:
        remaining = self.remaining_s()
        return remaining is not None and remaining < seconds

    def _hear(self, response: requests.Response, **_how: Any) -> None:
        if "Date" in response.headers:
            received = boottime()
            self.clock.heard(dated(response), received - response.elapsed.total_seconds(), received)


@dataclass(frozen=True, slots=True)
class _Life:
    """Until when a sign-in lives, by the session's clock."""

    renewed_at: float
    ends_at: float

    def is_to_be_renewed(self, now: float) -> bool:
        return now >= self.renewed_at


def dated(response: requests.Response) -> datetime:
    """Return Vault's clock at this answer, to the second.

    Raises:
        VaultRefused: the answer has no date.
    """
    date = response.headers.get("Date")
    if date is None:
        raise VaultRefused(
            "Vault's answer has no Date header, and its clock is the only one we go by.",
            "Let the proxy before Vault pass the Date header on.",
        )
    return parsedate_to_datetime(date).astimezone(UTC)


def _http(ca_cert: str | None, heard: Callable[..., None]) -> requests.Session:
    session = requests.Session()
    session.hooks["response"].append(heard)
    session.trust_env = False
    session.verify = ca_cert or True
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
    return session
