"""An operator's desk: the commands, the mall they are about, and Vault as it really is."""

import io
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.settings import Settings
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.document import AppDocument, Intent, MallDocument
from cafe24.tokens.pair import TokenPair
from cafe24.tokens.store import Stored, TokenStore
from cafe24.vault.kv import KeyMetadata, Vault
from cli.main import main

POLICIES = Path(__file__).parents[3] / "deploy" / "policies"
INTENT = Intent(
    owner="somebody-else", host="otherhost", pid=1, generation=1, lease_s=45, parent="p"
)


@dataclass(frozen=True)
class Said:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """One mall of this test alone; commands run in the test's own process."""

    mall: MallId
    mall_server: dict[str, Any]
    root: httpx.Client
    malls: httpx.Client
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def run(self, line: str, stdin: str = "", code: int | None = 0) -> Said:
        """Type a command; MALL stands for the mall."""
        self.monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        words = [self.mall if word == "MALL" else word for word in shlex.split(line)]
        ended = main(words)
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err
        assert code in {None, ended}, err
        return Said(ended, out, err)

    def refused(self, line: str, code: int, *words: str, stdin: str = "") -> Said:
        """Type a command that is refused: Vault's document stays as it is, to the version."""
        before = self.raw()
        said = self.run(line, stdin, code)
        for word in words:
            assert word in said.err, said.err
        assert self.raw() == before
        return said

    @property
    def prefix(self) -> str:
        return f"desk-{self.mall}"

    @property
    def vault(self) -> Vault:
        return self.store.vault

    @property
    def store(self) -> TokenStore:
        return Settings.load().keeper_tokens().store()

    @property
    def stored(self) -> Stored:
        return self.store.mall(self.mall)

    @property
    def document(self) -> MallDocument:
        return self.stored.document

    @property
    def metadata(self) -> KeyMetadata:
        found = self.vault.metadata(f"{self.prefix}/malls/{self.mall}")
        assert found is not None
        return found

    def raw(self) -> Any:
        """Return what Vault itself says of the document, whatever is in it."""
        answer = self.root.get(f"/v1/secret/data/{self.prefix}/malls/{self.mall}").json()
        return answer.get("data")

    def edit(self, **fields: Any) -> None:
        """Change the document by hand, as somebody might in Vault's own pages; ... removes."""
        data = {**self.raw()["data"], **fields}
        kept = {name: value for name, value in data.items() if value is not ...}
        path = f"/v1/secret/data/{self.prefix}/malls/{self.mall}"
        cas = self.raw()["metadata"]["version"]
        self.root.post(path, json={"data": kept, "options": {"cas": cas}}).raise_for_status()

    def change(self, **fields: Any) -> None:
        """Change the document as a keeper would."""
        stored = self.stored
        self.store.write_mall(stored.document.model_copy(update=fields), cas=stored.version)

    def store_app(self) -> None:
        self.store.write_app(
            AppDocument(
                client_id=self.mall_server["client_id"],
                client_secret=Secret(self.mall_server["client_secret"]),
                redirect_uri=self.mall_server["redirect_uri"],
                scopes=["mall.read_product"],
            )
        )

    def answer(self, age: timedelta = timedelta(hours=1)) -> dict[str, Any]:
        """Return the answer by which Cafe24 granted a live pair of the mall `age` ago."""
        path = f"/__sandbox__/malls/{self.mall}/pair"
        order = {"issued_ago_s": age.total_seconds()}
        found: dict[str, Any] = self.malls.post(path, json=order).raise_for_status().json()
        return found

    def connect(self, age: timedelta = timedelta(hours=1)) -> None:
        """Put a live pair of the mall into Vault."""
        tokens, issued_at = self.answer(age), datetime.now(UTC) - age
        pair = TokenPair(
            access_token=Secret(tokens["access_token"]),
            access_expires_at=issued_at + timedelta(hours=2),
            refresh_token=Secret(tokens["refresh_token"]),
            refresh_expires_at=issued_at + timedelta(days=14),
            issued_at=issued_at,
            scopes=tuple(tokens["scopes"]),
        )
        adoption = Settings.load().keeper_tokens().adoption()
        adoption.adopt(Newcomer(self.mall, self.mall_server["client_id"], pair))

    def give_monitor(self, policy: str = "monitor") -> None:
        """Give the monitor a sign-in of its own, with a policy of deploy/policies."""
        role_id, secret_id = self._role(policy)
        self.monkeypatch.setenv("CAFE24_MONITOR_ROLE_ID", role_id)
        self.monkeypatch.setenv("CAFE24_MONITOR_SECRET_ID", secret_id)

    def give_keeper(self, **settings: Any) -> None:
        """Let the keeper sign in by an AppRole instead of a token."""
        role_id, secret_id = self._role("keeper", **settings)
        self.monkeypatch.delenv("VAULT_TOKEN")
        self.monkeypatch.setenv("VAULT_ROLE_ID", role_id)
        self.monkeypatch.setenv("VAULT_SECRET_ID", secret_id)

    def reader(self, **settings: Any) -> tuple[str, str]:
        """Return a sign-in that reads the mall's access token and nothing else."""
        return self._role("reader", **settings)

    def _role(self, policy: str, **settings: Any) -> tuple[str, str]:
        self.token_with(policy)
        if "approle/" not in self.root.get("/v1/sys/auth").json()["data"]:
            self.root.post("/v1/sys/auth/approle", json={"type": "approle"}).raise_for_status()
        role = f"/v1/auth/approle/role/{self.prefix}-{policy}"
        order = {"token_policies": f"{self.prefix}-{policy}", "token_no_default_policy": True}
        self.root.post(role, json={**order, **settings}).raise_for_status()
        role_id: str = self.root.get(f"{role}/role-id").json()["data"]["role_id"]
        secret_id: str = self.root.post(f"{role}/secret-id").json()["data"]["secret_id"]
        return role_id, secret_id

    def token_with(
        self, *policies: str, without: str = "", allowed: Sequence[str] = ("deny",)
    ) -> str:
        """Return a Vault token with policies of deploy/policies.

        `without` names a path to deny, or to allow no more than `allowed` at.
        """
        names = []
        for policy in policies:
            rules = (POLICIES / f"{policy}.hcl").read_text(encoding="utf-8")
            rules = rules.replace("/cafe24/", f"/{self.prefix}/")
            rules = rules.replace("role/cafe24-", f"role/{self.prefix}-")
            rules = rules.replace("/access/MALL", f"/access/{self.mall}")
            if without:
                rules += f'\npath "{without}" {{ capabilities = {json.dumps(allowed)} }}\n'
            names.append(f"{self.prefix}-{policy}")
            path = f"/v1/sys/policies/acl/{names[-1]}"
            self.root.put(path, json={"policy": rules}).raise_for_status()
        order = {"policies": names, "no_default_policy": True}
        made = self.root.post("/v1/auth/token/create", json=order).raise_for_status()
        token: str = made.json()["auth"]["client_token"]
        return token

    def is_live(self, refresh_token: Secret) -> bool:
        truth = self.malls.get(f"/__sandbox__/malls/{self.mall}/truth").json()
        return refresh_token.reveal() in {token["token"] for token in truth["refresh_tokens"]}
