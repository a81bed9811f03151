"""The Vaults that the contract is asked of: the sandbox always, others when they are there.

Others are the server at VAULT_ADDR (with VAULT_TOKEN), and a `vault` or `bao` program
on PATH, which is started as a dev server. Whatever the tests make there is named
`cafe24-test-<random>` and removed again; only servers of our own are ever sealed.
"""

import functools
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import hvac
import pytest
from hvac.api.secrets_engines.kv_v2 import KvV2

SANDBOX = "sandbox"
OUTSIDE = "VAULT_ADDR"
PROGRAMS = ("vault", "bao")
DEV_ROOT_TOKEN = "contract-root-token"

_ADDRESS = os.environ.get("VAULT_ADDR", "")
_TOKEN = os.environ.get("VAULT_TOKEN", "")


@dataclass(frozen=True)
class VaultUnderTest:
    address: str
    root_token: str
    unseal_key: str = ""

    def over_http(self, token: str) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.address}/v1/",
            headers={"X-Vault-Token": token} if token else {},
            timeout=30,
            trust_env=False,
            verify=_trust(),
        )

    def over_hvac(self, token: str) -> hvac.Client:
        client = hvac.Client(url=self.address, token=token)
        client.session.trust_env = False
        return client


@functools.cache
def _trust() -> ssl.SSLContext:
    """Made once: every client would read all certificates again, mostly for plain http."""
    return httpx.create_ssl_context()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    own = [SANDBOX, *(program for program in PROGRAMS if shutil.which(program))]
    outside = [OUTSIDE] if _ADDRESS and _TOKEN else []
    for fixture, servers in (("_server", own + outside), ("_own_server", own)):
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, servers, indirect=True, scope="session")


@pytest.fixture(scope="session")
def _serve(
    start_sandbox: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], VaultUnderTest]]:
    running: list[subprocess.Popen[bytes]] = []

    @functools.cache
    def serve(name: str) -> VaultUnderTest:
        if name == OUTSIDE:
            return VaultUnderTest(_ADDRESS, _TOKEN)
        if name == SANDBOX:
            ready = start_sandbox("vault")
            return VaultUnderTest(ready["url"], ready["root_token"], ready["unseal_key"])
        log = tmp_path_factory.mktemp(name) / "log"
        address, process = _start_dev_server(name, log)
        running.append(process)
        return VaultUnderTest(address, DEV_ROOT_TOKEN, _unseal_key(log))

    yield serve
    for process in running:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def _server(
    request: pytest.FixtureRequest, _serve: Callable[[str], VaultUnderTest]
) -> VaultUnderTest:
    return _serve(request.param)


@pytest.fixture(scope="session")
def _own_server(
    request: pytest.FixtureRequest, _serve: Callable[[str], VaultUnderTest]
) -> VaultUnderTest:
    return _serve(request.param)


@pytest.fixture
def vault(_server: VaultUnderTest) -> VaultUnderTest:
    return _server


@pytest.fixture
def own_http(_own_server: VaultUnderTest) -> Iterator[httpx.Client]:
    """A server of our own, which may be sealed; it is opened again afterwards."""
    with _own_server.over_http(_own_server.root_token) as http:
        yield http
        http.put("sys/unseal", json={"key": _own_server.unseal_key})


@pytest.fixture
def unseal_key(_own_server: VaultUnderTest) -> str:
    return _own_server.unseal_key


@pytest.fixture
def connect(vault: VaultUnderTest) -> Iterator[Callable[[str], httpx.Client]]:
    clients: list[httpx.Client] = []

    def connect(token: str) -> httpx.Client:
        clients.append(vault.over_http(token))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def http(vault: VaultUnderTest, connect: Callable[[str], httpx.Client]) -> httpx.Client:
    return connect(vault.root_token)


@pytest.fixture
def sign_in(vault: VaultUnderTest) -> Iterator[Callable[[str], hvac.Client]]:
    clients: list[hvac.Client] = []

    def sign_in(token: str) -> hvac.Client:
        clients.append(vault.over_hvac(token))
        return clients[-1]

    yield sign_in
    for client in clients:
        client.adapter.close()


@pytest.fixture
def client(vault: VaultUnderTest, sign_in: Callable[[str], hvac.Client]) -> hvac.Client:
    return sign_in(vault.root_token)


@pytest.fixture
def name() -> str:
    return f"cafe24-test-{secrets.token_hex(6)}"


@pytest.fixture(scope="module")
def mount(_server: VaultUnderTest) -> Iterator[str]:
    """A KV v2 mount of this module's own."""
    path = f"cafe24-test-{secrets.token_hex(6)}"
    with _server.over_http(_server.root_token) as http:
        _enable_kv2(http, path)
        yield path
        assert http.delete(f"sys/mounts/{path}").status_code == 204


@pytest.fixture
def own_mount(http: httpx.Client, name: str) -> Iterator[str]:
    """A KV v2 mount of this test's own, for settings that reach every key."""
    _enable_kv2(http, name)
    yield name
    assert http.delete(f"sys/mounts/{name}").status_code == 204


@pytest.fixture
def kv(client: hvac.Client) -> KvV2:
    kv: KvV2 = client.secrets.kv.v2
    return kv


@pytest.fixture
def approle(http: httpx.Client, name: str) -> Iterator[str]:
    """An AppRole method of this test's own."""
    assert http.post(f"sys/auth/{name}", json={"type": "approle"}).status_code == 204
    yield name
    assert http.delete(f"sys/auth/{name}").status_code == 204


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Callable[..., dict[str, Any]]]:
    """Make a token that has the default policy and whatever else is wanted."""
    accessors: list[str] = []

    def make(**wanted: Any) -> dict[str, Any]:
        answer = http.post("auth/token/create", json={"policies": ["default"], **wanted})
        assert answer.status_code == 200, answer.text
        auth: dict[str, Any] = answer.json()["auth"]
        accessors.append(auth["accessor"])
        return auth

    yield make
    for accessor in accessors:
        http.post("auth/token/revoke-accessor", json={"accessor": accessor})


@pytest.fixture
def grant(
    http: httpx.Client, make: Callable[..., dict[str, Any]], name: str
) -> Iterator[Callable[[str], str]]:
    """Make a token that has one policy with the given rules, and the default one."""

    def grant(rules: str) -> str:
        written = http.put(f"sys/policies/acl/{name}", json={"policy": rules})
        assert written.status_code == 204, written.text
        token: str = make(policies=[name], ttl="10m")["client_token"]
        return token

    yield grant
    assert http.delete(f"sys/policies/acl/{name}").status_code == 204


def _enable_kv2(http: httpx.Client, path: str) -> None:
    made = http.post(f"sys/mounts/{path}", json={"type": "kv", "options": {"version": "2"}})
    assert made.status_code == 204, made.text
    # A real Vault upgrades a new mount in the background and refuses it meanwhile.
    _wait_until(lambda: http.get(f"{path}/config").status_code == 200)


def _start_dev_server(program: str, log: Path) -> tuple[str, subprocess.Popen[bytes]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-dev-root-token-id={DEV_ROOT_TOKEN} -dev-listen-address=127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "server", "-dev", "-dev-no-store-token", *options.split()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    _wait_until(lambda: "Root Token:" in log.read_text())
    return f"http://127.0.0.1:{port}", process


def _unseal_key(log: Path) -> str:
    found = re.search(r"Unseal Key: (\S+)", log.read_text())
    assert found is not None
    return found.group(1)


def _wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the server did not become ready"
        time.sleep(0.05)
