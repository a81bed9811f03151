"""One sandbox server for all tests of the mall, and a fresh mall on it for each of them."""

import ssl
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="session")
def server(start_sandbox: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """A server of our own: these tests move its clock."""
    return start_sandbox("mall", "--product-count", "250", "--malls", "3")


@pytest.fixture(scope="session")
def trust() -> ssl.SSLContext:
    """Made once: every client would read all certificates again, for plain http."""
    return httpx.create_ssl_context()


@pytest.fixture
def desk(server: dict[str, Any], trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    """Control of the whole server; the clock goes back when the test is over."""
    with httpx.Client(base_url=f"{server['url']}/__sandbox__", verify=trust) as client:
        yield client
        client.post("/clock", json={"set": "2026-11-24T10:00:00+09:00"})
        app = {name: server[name] for name in ("client_id", "client_secret", "scopes")}
        client.post("/app", json={**app, "redirect_uris": [server["redirect_uri"]]})


@pytest.fixture
def mall_id(desk: httpx.Client) -> str:
    name = f"m{uuid.uuid4().hex[:12]}"
    desk.post("/malls", json={"mall_id": name}).raise_for_status()
    return name


@pytest.fixture
def control(server: dict[str, Any], mall_id: str, trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    origin = f"{server['url']}/__sandbox__/malls/{mall_id}"
    with httpx.Client(base_url=origin, verify=trust) as client:
        yield client


@pytest.fixture
def pair(control: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = control.post("/pair").json()
    return answer


@pytest.fixture
def api(
    server: dict[str, Any], mall_id: str, pair: dict[str, Any], trust: ssl.SSLContext
) -> Iterator[httpx.Client]:
    """The mall's own API, signed in."""
    with httpx.Client(
        base_url=f"{server['url']}/{mall_id}/api/v2",
        headers={"Authorization": f"Bearer {pair['access_token']}"},
        timeout=10,
        verify=trust,
    ) as client:
        yield client


@pytest.fixture
def refresh(
    server: dict[str, Any], api: httpx.Client, pair: dict[str, Any]
) -> Callable[..., httpx.Response]:
    """Present a refresh token to the mall, the pair's unless another is given."""

    def present(refresh_token: str = "", timeout_s: float = 10) -> httpx.Response:
        token = refresh_token or pair["refresh_token"]
        return api.post(
            "/oauth/token",
            data={"grant_type": "refresh_token", "refresh_token": token},
            auth=(server["client_id"], server["client_secret"]),
            timeout=timeout_s,
        )

    return present


@pytest.fixture
def all_numbers(api: httpx.Client) -> Callable[..., list[int]]:
    """Return the product_nos of the first hundred products that a query finds."""

    def listed(**query: Any) -> list[int]:
        answer = api.get("/admin/products", params={"limit": 100, **query})
        assert answer.status_code == httpx.codes.OK, answer.text
        return [product["product_no"] for product in answer.json()["products"]]

    return listed
