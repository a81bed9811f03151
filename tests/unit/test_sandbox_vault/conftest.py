"""A sandbox Vault of our own: these tests break, age and roll it back."""

import ssl
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="session")
def server(start_sandbox: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return start_sandbox("vault", "--root-token", "another-root-token")


@pytest.fixture(scope="session")
def trust() -> ssl.SSLContext:
    """Made once: every client would read all certificates again, for plain http."""
    return httpx.create_ssl_context()


@pytest.fixture
def desk(server: dict[str, Any], trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    """The control paths; orders are taken back when the test is over."""
    with httpx.Client(base_url=f"{server['url']}/__sandbox__/", verify=trust) as client:
        yield client
        client.delete("faults")


@pytest.fixture
def http(server: dict[str, Any], trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    """Vault's own API, as root; gives up soon."""
    with httpx.Client(
        base_url=f"{server['url']}/v1/",
        headers={"X-Vault-Token": server["root_token"]},
        timeout=httpx.Timeout(10, read=0.5),
        verify=trust,
    ) as client:
        yield client


@pytest.fixture
def key() -> str:
    return f"secret/data/{uuid.uuid4().hex}"


@pytest.fixture
def version(http: httpx.Client, key: str) -> Callable[[], int]:
    """Tell the current version of the key; 0 when it was never written."""

    def version() -> int:
        answer = http.get(key)
        return int(answer.json()["data"]["metadata"]["version"]) if answer.is_success else 0

    return version
