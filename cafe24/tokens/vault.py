"""Vault's KV v2 engine as we use it: check-and-set writes, dated reads, one sign-in.

The only home of hvac. Every answer is dated by Vault, because the only wall
clock of the token protocol is Vault's.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import hvac
import requests
from hvac import exceptions
from hvac.adapters import RawAdapter
from requests.adapters import HTTPAdapter

from cafe24.errors import Conflict, VaultAway, VaultRefused
from cafe24.tokens.clock import VaultClock, boottime
from cafe24.tokens.secret import Secret

TIMEOUT_S = (5.0, 10.0)
"""Seconds to connect and to answer: a blocked audit device hangs while health stays green."""

CONNECTIONS = 64

CLOSE_ENOUGH_S = 0.02
"""How closely Vault's clock is looked at where that decides something."""

_CAS_MISMATCH = "check-and-set parameter did not match"
_SETUP = "Run: .venv/bin/python manage.py setup"


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


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a secret as read; both times are Vault's."""

    data: dict[str, Any]
    number: int
    written_at: datetime
    read_at: datetime

    @property
    def age_s(self) -> float:
        """Seconds since this version was written, by Vault's clock alone."""
        return (self.read_at - self.written_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Written:
    """The receipt of a write; the time is Vault's."""

    number: int
    written_at: datetime


@dataclass(frozen=True, slots=True)
class KeyMetadata:
    """What Vault says of a secret to those who may not read it."""

    current_version: int
    updated_at: datetime
    read_at: datetime
    custom: dict[str, str]


class Vault:
    """One KV v2 mount, reached with one sign-in that is renewed when it runs out."""

    def __init__(
        self, sign_in: VaultSignIn, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sign_in = sign_in
        self._clock = clock
        self.clock = VaultClock()
        self._client: hvac.Client | None = None
        self._expires_at: float | None = None
        self._signing_in = threading.Lock()

    def read(self, path: str, *, version: int | None = None) -> Version | None:
        """Return the latest version, or the one that is named; None when there is none.

        Raises:
            VaultRefused: denied, or the latest version is deleted.
            VaultAway: no answer, sealed or failing.
        """
        response = self._call(
            path,
            lambda kv: kv.read_secret_version(
                path,
                version=version,
                mount_point=self._sign_in.mount,
                raise_on_deleted_version=True,
            ),
        )
        if response is None:
            return None
        body = _json(response, path)
        meta = body["metadata"]
        return Version(
            body["data"], meta["version"], _moment(meta["created_time"]), _date(response)
        )

    def write(self, path: str, data: Mapping[str, Any], *, cas: int) -> Written:
        """Write the next version, if `cas` is still the current one (0: none yet).

        Raises:
            Conflict: somebody wrote first.
            VaultRefused: denied, or no KV v2 mount there.
            VaultAway: no answer; whether it was written is unknown.
        """
        response = self._call(
            path,
            lambda kv: kv.create_or_update_secret(
                path, dict(data), cas=cas, mount_point=self._sign_in.mount
            ),
        )
        if response is None:
            raise VaultRefused(f"Vault has no mount at {self._sign_in.mount}.", _SETUP)
        meta = _json(response, path)
        return Written(meta["version"], _moment(meta["created_time"]))

    def metadata(self, path: str) -> KeyMetadata | None:
        """Return what may be seen without reading the secret, or None when there is none."""
        response = self._call(
            path, lambda kv: kv.read_secret_metadata(path, mount_point=self._sign_in.mount)
        )
        if response is None:
            return None
        body = _json(response, path)
        return KeyMetadata(
            body["current_version"],
            _moment(body["updated_time"]),
            _date(response),
            body.get("custom_metadata") or {},
        )

    def set_metadata(self, path: str, *, keep_versions: int, custom: Mapping[str, str]) -> None:
        """Describe a secret to those who may not read it, and bound its history."""
        self._call(
            path,
            lambda kv: kv.update_metadata(
                path,
                max_versions=keep_versions,
                cas_required=True,
                custom_metadata=dict(custom),
                mount_point=self._sign_in.mount,
            ),
        )

    def names(self, path: str) -> list[str]:
        """Return the names directly under `path`, in byte order."""
        response = self._call(
            path, lambda kv: kv.list_secrets(path, mount_point=self._sign_in.mount)
        )
        return [] if response is None else list(_json(response, path)["keys"])

    def now(self) -> datetime:
        """Return Vault's clock, to the second.

        Raises:
            VaultAway: no answer.
        """
        client = self._connected()
        with _translated("sys/health"):
            return _date(client.sys.read_health_status(method="GET"))

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

    def outlive(self, seconds: float) -> None:
        """Make sure the sign-in lives for `seconds` more: renew it, or sign in again."""
        self._connected()
        remaining = self.remaining_s()
        if remaining is not None and remaining < seconds:
            self._connected(again=True)

    def remaining_s(self) -> float | None:
        """Return the seconds our sign-in still lives, or None when it does not end."""
        return None if self._expires_at is None else self._expires_at - self._clock()

    def sign_out(self) -> None:
        """Revoke the token that an AppRole sign-in gave us; a given token stays."""
        client, self._client = self._client, None
        if client is not None and self._sign_in.token is None:
            with contextlib.suppress(VaultAway, VaultRefused), _translated("auth/token"):
                client.auth.token.revoke_self()

    def _call(self, path: str, ask: Callable[[Any], requests.Response]) -> requests.Response | None:
        """Ask the KV engine; None is Vault's plain "not found". A dead sign-in is renewed once."""
        client = self._connected()
        try:
            with _translated(self._where(path)):
                return self._found(path, ask, client)
        except VaultRefused:
            if self._sign_in.token is not None:
                raise
        client = self._connected(again=True)
        with _translated(self._where(path)):
            return self._found(path, ask, client)

    def _connected(self, *, again: bool = False) -> hvac.Client:
        with self._signing_in:
            if self._client is None or again:
                self._client = self._signed_in()
            return self._client

    def _signed_in(self) -> hvac.Client:
        us = self._sign_in
        client = hvac.Client(
            url=us.address,
            namespace=us.namespace,
            verify=us.ca_cert or True,
            timeout=TIMEOUT_S,  # type: ignore[arg-type]  # requests takes the pair, hvac hands it on
            session=_session(us.ca_cert, self._hear),
            adapter=RawAdapter,
        )
        if us.token is not None:
            client.token = us.token.reveal()
            return client
        with _translated("auth/approle/login"):
            answer = client.auth.approle.login(
                role_id=us.role_id or "", secret_id=us.secret_id.reveal() if us.secret_id else None
            )
        lease_s = answer.json()["auth"]["lease_duration"]
        self._expires_at = self._clock() + lease_s if lease_s else None
        return client

    def _found(
        self, path: str, ask: Callable[[Any], requests.Response], client: hvac.Client
    ) -> requests.Response | None:
        try:
            return ask(client.secrets.kv.v2)
        except exceptions.InvalidPath as absence:
            answer: Any = absence.json
            if answer and answer.get("data"):
                version = answer["data"]["metadata"]["version"]
                raise VaultRefused(
                    f"The latest version of {self._where(path)} in Vault is deleted.",
                    f"Bring it back: vault kv undelete -mount={self._sign_in.mount} "
                    f"-versions={version} {path}",
                ) from None
            if absence.errors:
                raise
            return None

    def _hear(self, response: requests.Response, **_how: Any) -> None:
        if "Date" in response.headers:
            received = boottime()
            self.clock.heard(_date(response), received - response.elapsed.total_seconds(), received)

    def _where(self, path: str) -> str:
        return f"{self._sign_in.mount}/{path}"


@contextlib.contextmanager
def _translated(where: str) -> Iterator[None]:
    """Raise ours for hvac's and requests': the one border to Vault."""
    try:
        yield
    except (exceptions.VaultDown, exceptions.InternalServerError, exceptions.BadGateway) as down:
        raise VaultAway(
            f"Vault is there but does not serve ({_words(down)}).",
            "If it is sealed, unseal it: vault operator unseal. Nothing was lost.",
        ) from None
    except exceptions.RateLimitExceeded:
        raise VaultAway("Vault asks us to slow down (429).", "It is tried again.") from None
    except exceptions.Forbidden:
        raise VaultRefused(
            f"Vault denies {where}.",
            "The sign-in is expired or its policy lacks this path: see deploy/policies.",
        ) from None
    except exceptions.InvalidRequest as refusal:
        words = _words(refusal)
        if _CAS_MISMATCH in words:
            raise Conflict(f"{where} was written by somebody else first.") from None
        raise VaultRefused(f"Vault refuses {where}: {words}.", _next_step(words)) from None
    except exceptions.VaultError as failure:
        raise VaultRefused(
            f"Vault refuses {where}: {_words(failure)}.",
            "Check CAFE24_VAULT_MOUNT: it must be a KV v2 mount.",
        ) from None
    except requests.exceptions.SSLError:
        raise VaultRefused(
            "Vault's TLS certificate is not trusted.",
            "Set VAULT_CACERT to the file of its certificate authority.",
        ) from None
    except (requests.exceptions.RequestException, OSError) as failure:
        raise VaultAway(
            f"Vault does not answer ({type(failure).__name__}).",
            "Check that it runs and that VAULT_ADDR points at it. Nothing was lost.",
        ) from None


def _next_step(words: str) -> str:
    if "role" in words or "secret id" in words:
        return "The AppRole sign-in is refused: set a new VAULT_SECRET_ID."
    return "Check CAFE24_VAULT_MOUNT: it must be a KV v2 mount."


def _words(failure: exceptions.VaultError) -> str:
    errors = failure.errors if isinstance(failure.errors, list) else [failure.errors or "no reason"]
    return "; ".join(" ".join(str(error).split()) for error in errors)[:200] or "no reason"


def _session(ca_cert: str | None, heard: Callable[..., None]) -> requests.Session:
    session = requests.Session()
    session.hooks["response"].append(heard)
    session.trust_env = False
    session.verify = ca_cert or True
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
    return session


def _json(response: requests.Response, path: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = response.json()["data"]
    except (ValueError, KeyError, TypeError):
        raise VaultAway(f"What answers for {path} is not Vault.", "Check VAULT_ADDR.") from None
    return data


def _date(response: requests.Response) -> datetime:
    """Return Vault's clock at this answer, to the second."""
    date = response.headers.get("Date")
    if date is None:
        raise VaultRefused(
            "Vault's answer has no Date header, and its clock is the only one we go by.",
            "Let the proxy before Vault pass the Date header on.",
        )
    return parsedate_to_datetime(date).astimezone(UTC)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
