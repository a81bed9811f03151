"""Connections to Vault are kept and used again: counted where they arrive."""

import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from cafe24.secret import Secret
from cafe24.settings import PROJECT
from cafe24.vault.kv import Vault
from cafe24.vault.session import CONNECTIONS, VaultSignIn

THREADS = 12


class Counter(socketserver.ThreadingTCPServer):
    """Passes everything on to Vault, and counts who connected."""

    daemon_threads = True
    request_queue_size = CONNECTIONS

    def __init__(self, vault: httpx.URL) -> None:
        super().__init__(("127.0.0.1", 0), Passage)
        self.vault = (vault.host, vault.port or 0)
        self.accepted = 0

    def get_request(self) -> tuple[Any, Any]:
        self.accepted += 1
        return super().get_request()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Passage(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Counter)
        with socket.create_connection(self.server.vault) as vault:
            back = threading.Thread(target=passed, args=(vault, self.request))
            back.start()
            passed(self.request, vault)
            back.join()


def passed(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until the source ends, and end the target then."""
    while some := source.recv(65_536):
        target.sendall(some)
    target.shutdown(socket.SHUT_WR)


@pytest.fixture
def counter(vault_server: dict[str, Any]) -> Iterator[Counter]:
    with Counter(httpx.URL(vault_server["url"])) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


@pytest.fixture
def vault(counter: Counter, vault_server: dict[str, Any]) -> Iterator[Vault]:
    vault = Vault(VaultSignIn(counter.url, token=Secret(vault_server["root_token"])))
    yield vault
    vault.session.client().session.close()


@pytest.fixture
def slow(vault_server: dict[str, Any]) -> Iterator[None]:
    """Answers take a moment, so that calls overlap."""
    faults = f"{vault_server['url']}/__sandbox__/faults"
    order = {"match": "GET /v1/secret/data/connections", "kind": "hang", "delay_s": 0.1}
    httpx.post(faults, json={**order, "times": None}).raise_for_status()
    yield
    httpx.delete(faults).raise_for_status()


def test_calls_after_each_other_use_one_connection(counter: Counter, vault: Vault) -> None:
    written = vault.write("connections/one", {"field": "value"}, cas=0)
    for _ in range(20):
        vault.read("connections/one")
        vault.metadata("connections/one")
    vault.write("connections/one", {"field": "other"}, cas=written.number)
    assert counter.accepted == 1


def test_an_answer_of_not_found_costs_no_connection(counter: Counter, vault: Vault) -> None:
    for number in range(20):
        assert vault.read(f"connections/none-{number}") is None
    assert counter.accepted == 1


def test_signing_in_again_uses_the_connection_that_is_there(counter: Counter, vault: Vault) -> None:
    vault.read("connections/one")
    vault.session.client(again=True)
    vault.read("connections/one")
    assert counter.accepted == 1


@pytest.mark.usefixtures("slow")
def test_threads_keep_the_connections_that_they_opened(counter: Counter, vault: Vault) -> None:
    assert THREADS < CONNECTIONS
    with ThreadPoolExecutor(THREADS) as threads:
        for _wave in range(3):
            list(threads.map(vault.read, [f"connections/{number}" for number in range(THREADS)]))
    assert 1 < counter.accepted <= THREADS


FORKING = """
import multiprocessing, sys
from cafe24.secret import Secret
from cafe24.settings import PROJECT
from cafe24.vault.kv import Vault
from cafe24.vault.session import VaultSignIn

vault = Vault(VaultSignIn(sys.argv[1], token=Secret(sys.stdin.read())))
vault.read("connections/one")
child = multiprocessing.get_context("fork").Process(target=vault.health)
child.start()
child.join()
vault.read("connections/one")
sys.exit(child.exitcode)
"""
"""In a process of its own: a test session has threads, whose locks a fork would inherit."""


def test_a_child_after_a_fork_has_connections_of_its_own(
    counter: Counter, vault_server: dict[str, Any]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING, counter.url],
        input=vault_server["root_token"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert counter.accepted == 2
