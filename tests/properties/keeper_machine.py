"""Real keepers and drains of two hosts, a mall and a Vault on loopback, a clock to move."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx

from cafe24.boottime import boottime
from cafe24.errors import CafeError
from cafe24.malls import MallId, mall_id
from cafe24.secret import Secret
from cafe24.tokens.adoption import Adoption, Newcomer
from cafe24.tokens.answer import Verdict
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import AppDocument, MallDocument
from cafe24.tokens.drain import Drain
from cafe24.tokens.endpoint import Permit, TokenEndpoint
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.need import FORCED, Override
from cafe24.tokens.pair import TokenPair
from cafe24.tokens.spill import SpillFolder, left_behind
from cafe24.tokens.store import Stored, TokenStore
from cafe24.tokens.timing import Timing
from cafe24.vault.kv import Vault, Written
from cafe24.vault.session import VaultSignIn

TIMING = Timing(lease=timedelta(seconds=6), settle=timedelta(minutes=15))
ANSWER_S = 5.0

Kill = Literal["", "before the call", "after the call"]


_numbers = iter(range(1, 1000))


class Killed(BaseException):
    """What stands for SIGKILL: nothing of ours catches it on the way."""


class MovedClock(TokenStore):
    """The store, as if time had passed: what was written before is older by that."""

    def __init__(self, vault: Vault, prefix: str) -> None:
        super().__init__(vault, prefix=prefix)
        self.passed = timedelta()
        self._at_writing: dict[int, timedelta] = {}

    def read_mall(self, mall: MallId, *, version: int | None = None) -> Stored | None:
        stored = super().read_mall(mall, version=version)
        if stored is None:
            return None
        written_at = stored.written_at + self._at_writing.get(stored.version, timedelta())
        return replace(stored, read_at=stored.read_at + self.passed, written_at=written_at)

    def asked_now(self) -> float:
        """Return the boot time of whoever asks now."""
        return boottime() + self.passed.total_seconds()

    def write_mall(self, document: MallDocument, *, cas: int) -> Written:
        self._at_writing.setdefault(cas + 1, self.passed)
        written = super().write_mall(document, cas=cas)
        self._at_writing[written.number] = self.passed
        return Written(written.number, written.written_at + self.passed)


class MortalEndpoint(TokenEndpoint):
    """The token endpoint of a process that can be killed right before or after its call."""

    kill: Kill = ""

    def refresh(
        self, mall: MallId, app: AppDocument, refresh_token: Secret, permit: Permit
    ) -> Verdict:
        if self.kill == "before the call":
            raise Killed
        verdict = super().refresh(mall, app, refresh_token, permit)
        if self.kill == "after the call":
            raise Killed
        return verdict


class TwoHosts:
    """One mall, and a keeper on each of two hosts."""

    def __init__(
        self, configuration: TokenConfiguration, app: dict[str, Any], servers: dict[str, str]
    ) -> None:
        self.mall = mall_id(configuration.prefix)
        self._configuration = configuration
        self._client_id = app["client_id"]
        self._malls = httpx.Client(base_url=servers["mall"])
        self._vault = httpx.Client(base_url=servers["vault"])
        self.store = MovedClock(Vault(configuration.sign_in), configuration.prefix)
        self._malls.post("/__sandbox__/malls", json={"mall_id": self.mall}).raise_for_status()
        self._order("behaviour", {"token_limit": False})
        self.store.write_app(
            AppDocument(
                client_id=app["client_id"],
                client_secret=Secret(app["client_secret"]),
                redirect_uri=app["redirect_uri"],
                scopes=["mall.read_product"],
            )
        )
        self.consent()

    def folder(self, host: int) -> SpillFolder:
        return SpillFolder(self._configuration.spill_dir / str(host))

    def refresh(
        self, host: int, *, kill: Kill = "", stops: bool = False, override: Override | None = None
    ) -> CafeError | Killed | None:
        """Have a new process on a host refresh; return how it failed."""
        endpoint = MortalEndpoint(self._configuration.api_url, answer_s=ANSWER_S)
        endpoint.kill = kill
        before = len(self.grants())
        keeper = Keeper(
            self.store,
            endpoint,
            environment=self._configuration.environment,
            spills=self.folder(host),
            timing=TIMING,
            is_stopping=lambda: stops and len(self.grants()) > before,
        )
        try:
            asked = self.store.asked_now()
            keeper.refresh(self.mall, FORCED, override or Override(), asked=asked)
        except (CafeError, Killed) as failure:
            return failure
        finally:
            endpoint.close()
        return None

    def drain(self, host: int) -> None:
        Drain(self.store, self.store.keys(), self.folder(host)).spills()

    def consent(self) -> None:
        """Begin a new lineage, as `authorize` does with what a person's consent gave."""
        tokens = self._order("pair", {})
        now = datetime.now(UTC) + self.store.passed
        pair = TokenPair(
            access_token=Secret(tokens["access_token"]),
            access_expires_at=now + timedelta(hours=2),
            refresh_token=Secret(tokens["refresh_token"]),
            refresh_expires_at=now + timedelta(days=14),
            issued_at=now,
            scopes=tuple(tokens["scopes"]),
        )
        endpoint = TokenEndpoint(self._configuration.api_url)
        adoption = Adoption(self.store, endpoint, environment=self._configuration.environment)
        adoption.adopt(Newcomer(self.mall, self._client_id, pair))
        endpoint.close()

    def revoke(self) -> None:
        self._order("revoke", {"what": "all"})

    def order_mall_fault(self, **fault: Any) -> None:
        self._order("faults", [{"on": "token", "times": 1, **fault}])

    def order_vault_fault(self, **fault: Any) -> None:
        path = f"POST /v1/secret/data/{self._configuration.prefix}/malls"
        self._vault.post("/__sandbox__/faults", json={"match": path, **fault}).raise_for_status()

    def forget_faults(self) -> None:
        self._vault.request("DELETE", "/__sandbox__/faults").raise_for_status()
        self._malls.request("DELETE", f"/__sandbox__/malls/{self.mall}/faults").raise_for_status()

    def document(self) -> MallDocument:
        return self.store.mall(self.mall).document

    def grants(self) -> list[dict[str, Any]]:
        """Return every refresh that reached the mall, as the mall tells it."""
        answer = self._malls.get(f"/__sandbox__/malls/{self.mall}/grants").raise_for_status()
        return [one for one in answer.json()["grants"] if one["kind"] == "refresh_token"]

    def live(self) -> set[str]:
        path = f"/__sandbox__/malls/{self.mall}/truth?fields=product_no"
        answer = self._malls.get(path).raise_for_status()
        return {one["token"] for one in answer.json()["refresh_tokens"]}

    def sealed(self) -> set[str]:
        """Return what lies sealed on either host."""
        key = self.store.keys().spill
        spills = [left_behind(path) for host in (0, 1) for path in self.folder(host).paths()]
        found = set()
        for spill in spills:
            assert spill is not None
            if not spill.is_empty:
                found.add(spill.opened(key.secret).refresh_token.reveal())
            spill.close()
        return found

    def held(self) -> set[str]:
        aside = self.store.quarantined(self.mall)
        quarantined = {aside.refresh_token.reveal()} if aside else set()
        return {self.document().refresh_token.reveal()} | self.sealed() | quarantined

    def close(self) -> None:
        self._malls.close()
        self._vault.close()
        self.store.vault.session.client().session.close()

    def _order(self, what: str, order: Any) -> Any:
        answer = self._malls.post(f"/__sandbox__/malls/{self.mall}/{what}", json=order)
        return answer.raise_for_status().json()


Opened = Callable[[], TwoHosts]


def opener(vault: dict[str, Any], mall: dict[str, Any], folder: Path) -> Opened:
    """Return what opens a fresh world at these servers."""

    def opened() -> TwoHosts:
        name = f"machine{next(_numbers):03}"
        (folder / name).mkdir(mode=0o700)
        configuration = TokenConfiguration(
            sign_in=VaultSignIn(address=vault["url"], token=Secret(vault["root_token"])),
            prefix=name,
            environment="test",
            api_url=mall["api_url"],
            timing=TIMING,
            spill_dir=folder / name,
        )
        return TwoHosts(configuration, mall, {"mall": mall["url"], "vault": vault["url"]})

    return opened
