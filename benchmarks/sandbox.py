"""The sandbox's Vault and malls as processes of their own, for as long as a measurement lasts."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Sandbox:
    """Both servers, as they said they are."""

    vault: dict[str, Any]
    mall: dict[str, Any]
    control: httpx.Client

    def mall_names(self, count: int) -> list[str]:
        """Return the first malls, none of which counts its token calls."""
        self.control.post("/__sandbox__/behaviour", json={"token_limit": False}).raise_for_status()
        names: list[str] = self.control.get("/__sandbox__/malls").raise_for_status().json()["malls"]
        return names[:count]

    def pair(self, mall: str, *, age_s: float) -> dict[str, Any]:
        """Have the mall issue a live pair."""
        path = f"/__sandbox__/malls/{mall}/pair"
        answer = self.control.post(path, json={"issued_ago_s": age_s}).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def refresh_tokens(self, malls: Iterable[str]) -> dict[str, str]:
        """Have each mall issue another pair, and return its refresh token."""
        return {mall: self.pair(mall, age_s=60)["refresh_token"] for mall in malls}


@contextlib.contextmanager
def started(malls: int) -> Iterator[Sandbox]:
    """Start both; end both at the end."""
    with (
        serving("vault") as vault,
        serving("mall", "--malls", str(malls), "--product-count", "1") as mall,
        httpx.Client(base_url=mall["url"], timeout=60) as control,
    ):
        yield Sandbox(vault, mall, control)


@contextlib.contextmanager
def serving(part: str, *options: str) -> Iterator[dict[str, Any]]:
    """Start one part of the sandbox, yield what it says of itself, and end it."""
    command = [sys.executable, "-m", "sandbox", part, "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
