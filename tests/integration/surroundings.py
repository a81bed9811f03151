"""What tests of whole flows act through: Prefect as a person sees it, a mall's surroundings."""

import asyncio
import time
import warnings
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from sqlalchemy import Engine, text

from cafe24.database.engine import open_engine
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.settings import Settings
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import AppDocument, MallDocument
from cafe24.tokens.pair import TokenPair
from tests.waiting import first_true

UI_URL = "http://prefect.example"
LIFE = timedelta(days=14)
AN_HOUR_AGO = LIFE - timedelta(hours=1)
PATIENCE_S = 20.0
POLL_S = 0.1
TRIES = 20
QUESTION = "/filter"
"""How an address ends that is posted to and changes nothing."""

T = TypeVar("T")


@dataclass(frozen=True)
class Prefect:
    """Prefect's API as a person at the UI sees it; `folders` are where it keeps things."""

    api: httpx.Client
    folders: tuple[Path, ...] = ()

    def keeps(self, secret: str) -> list[str]:
        """Return the files of Prefect's that hold this text in clear."""
        files = [file for folder in self.folders for file in folder.rglob("*") if file.is_file()]
        return [file.name for file in files if secret.encode() in file.read_bytes()]

    def asked(self, path: str, **body: Any) -> Any:
        return self.sent("POST", path, body).raise_for_status().json()

    def sent(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request, again while Prefect's SQLite is locked: 503, as all its clients do.

        So also when the answer to a question takes too long.
        """
        for _ in range(TRIES):
            try:
                response = self.api.request(method, path, json=body)
            except httpx.ReadTimeout:
                if method != "GET" and not path.endswith(QUESTION):
                    raise
                continue
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(POLL_S * 5)
        return response

    def events(self, name: str, since: datetime) -> list[dict[str, Any]]:
        """Return the events of this name, the newest first."""
        wanted = {"event": {"name": [name]}, "occurred": {"since": since.isoformat()}}
        found: list[dict[str, Any]] = self.asked("/events/filter", filter=wanted)["events"]
        return found

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.sent("GET", f"/flow_runs/{run_id}").raise_for_status().json()
        return found

    def runs_of(self, deployment: str) -> list[dict[str, Any]]:
        flow, _, name = deployment.partition("/")
        found: list[dict[str, Any]] = self.asked(
            "/flow_runs/filter",
            flows={"name": {"any_": [flow]}},
            deployments={"name": {"any_": [name]}},
        )
        return found

    def write_blocks(self, settings: Settings) -> None:
        """Write our blocks; once they are there, only what differs from test to test.

        Saving them all as `manage.py setup` does takes two seconds.
        """
        # Imported here: tests that need no Prefect do not wait for it.
        from blocks.registration import wanted_blocks  # noqa: PLC0415

        for name, block in wanted_blocks(settings):
            path = f"/block_types/slug/{block.get_block_type_slug()}/block_documents/name/{name}"
            held = self.sent("GET", path)
            if held.is_error:
                block.save(name, overwrite=True)
                continue
            data = {"prefix": settings.vault_prefix} if name in {"keeper", "monitor"} else {}
            if block.get_block_type_slug() == "product-database":
                data = {"url": settings.database_url.get_secret_value()}
            change = {"data": data, "merge_existing_data": True}
            place = f"/block_documents/{held.json()['id']}"
            self.sent("PATCH", place, change).raise_for_status()

    def artifact(self, key: str) -> dict[str, Any]:
        found = self.sent("GET", f"/artifacts/{key}/latest").raise_for_status()
        artifact: dict[str, Any] = found.json()
        return artifact


@dataclass(frozen=True)
class Shop:
    """One mall and everything around it, all of this test alone."""

    mall: MallId
    settings: Settings
    prefect: Prefect
    malls: httpx.Client
    slack: httpx.Client
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def other(self) -> MallId:
        """The name of a second mall, once it is connected."""
        return MallId(f"{self.mall}b")

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.settings.database_url.get_secret_value())

    @cached_property
    def tokens(self) -> TokenConfiguration:
        return self.settings.keeper_tokens()

    def connect(self, mall: str | None = None, left: timedelta = AN_HOUR_AGO) -> None:
        """Put a live pair into Vault, whose refresh token has `left` to live."""
        name = MallId(mall or self.mall)
        self.malls.post("/__sandbox__/malls", json={"mall_id": name})
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
        app = self.tokens.store().app_or_only_one(None)
        self.tokens.adoption().adopt(Newcomer(name, app.client_id, pair))

    def store_app(self, told: dict[str, Any]) -> None:
        """Put the app into Vault with which the sandbox's malls are connected."""
        self.tokens.store().write_app(
            AppDocument(
                client_id=told["client_id"],
                client_secret=Secret(told["client_secret"]),
                redirect_uri=told["redirect_uri"],
                scopes=["mall.read_product"],
            )
        )

    def control(self, what: str, order: Any, mall: str | None = None) -> Any:
        """Change the mall from outside."""
        path = f"/__sandbox__/malls/{mall or self.mall}/{what}"
        return self.malls.post(path, json=order).raise_for_status().json()

    def truth(self) -> dict[str, Any]:
        path = f"/__sandbox__/malls/{self.mall}/truth"
        found: dict[str, Any] = self.malls.get(path).raise_for_status().json()
        return found

    def document(self, mall: str | None = None) -> MallDocument:
        return self.tokens.store().mall(MallId(mall or self.mall)).document

    def change(self, **fields: Any) -> None:
        """Change the mall's document in Vault, as a command would."""
        store = self.tokens.store()
        stored = store.mall(self.mall)
        store.write_mall(stored.document.model_copy(update=fields), cas=stored.version)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(text(query))]

    def heard(self, event: str) -> list[dict[str, Any]]:
        """Return this test's events of this name as soon as there is one; alerts are nobody's."""
        ours = {f"cafe24.mall.{self.mall}", "cafe24.alerts"}

        def found() -> list[dict[str, Any]]:
            events = self.prefect.events(event, self.began)
            return [one for one in events if one["resource"]["prefect.resource.id"] in ours]

        return eventually(found)

    def said(self) -> list[str]:
        """Return what Slack's channel shows, blocks and all."""
        found = self.slack.get("/__sandbox__/messages").raise_for_status().json()["messages"]
        return [f"{message['text']} {message['blocks']}" for message in found]


def ran(flow: Callable[..., Coroutine[Any, Any, Any]], **parameters: Any) -> Any:
    """Run a flow to its end and return its last state."""
    return asyncio.run(flow(**parameters, return_state=True))


def eventually(found: Callable[[], T]) -> T:
    """Return the first true thing that `found` gives, or fail."""
    return first_true(found, PATIENCE_S)


def ignore_open_sockets_to(port: int | None, config: pytest.Config) -> None:
    """Prefect's client leaves its event socket open when a run ends, even an empty one's."""
    message = rf"unclosed <socket.*raddr=\('127\.0\.0\.1', {port}\)"
    warnings.filterwarnings("ignore", message, ResourceWarning)  # for the test that runs now
    config.addinivalue_line("filterwarnings", f"ignore:{message}:ResourceWarning")
