"""One sandbox Slack for all its tests, emptied after each."""

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="session")
def slack(start_sandbox: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return start_sandbox("slack", "--channel", "alerts")


@pytest.fixture(scope="session")
def web_trust() -> ssl.SSLContext:
    """Made once: every client would read all certificates again, for plain http."""
    return httpx.create_ssl_context()


@pytest.fixture
def control(slack: dict[str, Any], web_trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{slack['url']}/__sandbox__", verify=web_trust) as client:
        yield client
        client.delete("/messages")
        client.delete("/faults")
        fine = dict.fromkeys(("webhook", "fallback", "bot", "channel"), "ok")
        client.post("/state", json=fine).raise_for_status()


@pytest.fixture
def web(control: httpx.Client, slack: dict[str, Any]) -> httpx.Client:
    """Ask any address of the server; the control's connections serve."""
    control.headers["authorization"] = f"Bearer {slack['bot_token']}"
    return control


@pytest.fixture
def messages(control: httpx.Client) -> Callable[[], list[dict[str, Any]]]:
    """Return what the Slack holds now."""

    def held() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = control.get("/messages").json()["messages"]
        return found

    return held


@pytest.fixture
def call(web: httpx.Client, slack: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Call a method of the Web API with a JSON body."""

    def ask(method: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = web.post(slack["api_url"] + method, json=arguments).json()
        return answer

    return ask
