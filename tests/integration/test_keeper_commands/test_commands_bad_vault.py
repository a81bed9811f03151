"""What is wrong in Vault, met by `manage.py refresh`: one line, the cure, nothing overwritten."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.integration.test_keeper_commands.desk import Desk

FORCE = "refresh MALL --force"


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"refresh_token": ...}, "refresh_token"),
        ({"lineage": ...}, "lineage"),
        ({"generation": "many"}, "generation"),
        ({"generation": 0}, "generation"),
        ({"issued_at": "yesterday"}, "issued_at"),
        ({"refresh_expires_at": "2026-12-08T14:00:00"}, "refresh_expires_at"),
        ({"status": "asleep"}, "status"),
        ({"access_token": ""}, "access_token"),
        ({"intent": {"owner": "x"}}, "intent.host"),
        ({"schema": 2}, "schema"),
        ({"mall_id": "undefined"}, "mall_id"),
        ({"note": "by hand"}, "note"),
    ],
)
@pytest.mark.parametrize("line", ["refresh MALL", FORCE])
def test_a_document_of_another_shape(
    desk: Desk, edit: dict[str, Any], field: str, line: str
) -> None:
    desk.edit(**edit)
    said = desk.refused(line, 4, f"{desk.prefix}/malls/{desk.mall} is damaged", "vault kv rollback")
    assert field in said.err


@pytest.mark.parametrize("line", ["refresh MALL", FORCE])
def test_a_generation_that_cannot_have_been_granted_yet(desk: Desk, line: str) -> None:
    desk.edit(generation=1_000_000)
    desk.refused(line, 4, f"malls/{desk.mall} says generation 1000000", "vault kv rollback")
    access = desk.store.read_access(desk.mall)
    assert access is not None
    assert access[0].generation == 1
    said = desk.run("refresh MALL --force --accept-store --json")
    assert said.json["malls"][0]["generation"] == 1_000_001
    desk.run(FORCE)


def test_another_malls_document(desk: Desk) -> None:
    desk.edit(mall_id="othermall")
    desk.refused(FORCE, 4, f"malls/{desk.mall} belongs to the mall othermall", "rollback")


def test_a_deleted_document(desk: Desk) -> None:
    desk.root.delete(f"/v1/secret/data/{desk.prefix}/malls/{desk.mall}").raise_for_status()
    version = desk.metadata.current_version
    desk.refused(
        FORCE, 4, f"vault kv undelete -mount=secret -versions={version} {desk.prefix}/malls/"
    )


@pytest.mark.parametrize("data", [{}, {"client_id": "x"}, {"client_secret": ""}])
def test_an_app_without_a_secret(desk: Desk, data: dict[str, str]) -> None:
    client_id = desk.mall_server["client_id"]
    path = f"/v1/secret/data/{desk.prefix}/apps/{client_id}"
    desk.root.post(path, json={"data": data}).raise_for_status()
    desk.refused(FORCE, 4, f"apps/{client_id}) has no client_secret", f"manage.py app {client_id}")


def test_an_app_that_is_not_there(desk: Desk) -> None:
    desk.edit(client_id="nosuchapp")
    desk.refused(FORCE, 5, "no app nosuchapp", "manage.py app nosuchapp")


@pytest.mark.parametrize("line", ["refresh MALL", "refresh --all", "pause MALL"])
def test_a_kv_v1_mount(desk: Desk, line: str) -> None:
    mount = f"{desk.prefix}-v1"
    order = {"type": "kv", "options": {"version": "1"}}
    desk.root.post(f"/v1/sys/mounts/{mount}", json=order).raise_for_status()
    desk.monkeypatch.setenv("CAFE24_VAULT_MOUNT", mount)
    desk.refused(line, 4, f"{mount}/ in Vault is KV version 1", "enable-versioning")
    words = "app inventedapp --redirect-uri https://a.example/x --scopes mall.read_product"
    desk.refused(words, 4, "KV version 1", "Nothing was written", stdin="invented-secret\n")
    desk.root.delete(f"/v1/sys/mounts/{mount}").raise_for_status()


class _OfOld(BaseHTTPRequestHandler):
    """Vault as it is, but for its version."""

    vault: httpx.Client

    def do_GET(self) -> None:
        self._pass_on()

    do_POST = do_PUT = do_LIST = do_GET  # noqa: N815 - names that http.server calls

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {"X-Vault-Token": self.headers.get("X-Vault-Token") or ""}
        answer = self.vault.request(self.command, self.path, content=body, headers=headers)
        text = answer.content
        if self.path.startswith("/v1/sys/health"):
            text = json.dumps({**answer.json(), "version": "1.8.4"}).encode()
        self.send_response(answer.status_code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def vault_of_old(desk: Desk) -> Iterator[str]:
    with httpx.Client(base_url=desk.root.base_url) as vault:
        handler = type("Handler", (_OfOld,), {"vault": vault})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


def test_a_vault_that_is_too_old(desk: Desk, vault_of_old: str) -> None:
    desk.monkeypatch.setenv("VAULT_ADDR", vault_of_old)
    desk.refused(FORCE, 4, "Vault is version 1.8.4; 1.9 is the oldest", "Upgrade Vault")


@pytest.mark.parametrize(
    "denied",
    ["data/{}/malls/*", "data/{}/apps/*", "data/{}/keys/*"],
)
def test_a_policy_that_lacks_what_a_grant_needs(desk: Desk, denied: str) -> None:
    path = f"secret/{denied.format(desk.prefix)}"
    desk.monkeypatch.setenv("VAULT_TOKEN", desk.token_with("keeper", without=path))
    desk.refused(FORCE, 4, f"Vault denies {path.removesuffix('*')}", "deploy/policies")


def test_a_policy_that_may_read_and_not_write(desk: Desk) -> None:
    path = f"secret/data/{desk.prefix}/malls/{desk.mall}"
    token = desk.token_with("keeper", without=path, allowed=["read"])
    desk.monkeypatch.setenv("VAULT_TOKEN", token)
    desk.refused(FORCE, 4, f"Vault denies {path}", "deploy/policies")


@pytest.mark.parametrize("denied", ["data/{}/access/*", "metadata/{}/malls/*"])
def test_a_policy_that_lacks_what_follows_a_grant(desk: Desk, denied: str) -> None:
    path = f"secret/{denied.format(desk.prefix)}"
    desk.monkeypatch.setenv("VAULT_TOKEN", desk.token_with("keeper", without=path))
    said = desk.run(f"{FORCE} --json", code=1)
    [row] = said.json["malls"]
    assert (row["outcome"], row["generation"]) == ("refreshed", 2)
    assert f"Vault denies {path.removesuffix('*')}" in row["reason"]
    assert "deploy/policies" in row["reason"]
    assert desk.is_live(desk.document.refresh_token)
