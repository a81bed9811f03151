"""The sandbox's Vault and malls as processes of their own, for as long as a measurement lasts."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
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


@contextlib.contextmanager
def started(malls: int) -> Iterator[Sandbox]:
    """Start both; end both at the end."""
    options = {"vault": [], "mall": ["--malls", str(malls), "--product-count", "1"]}
    processes = {part: _started(part, *more) for part, more in options.items()}
    try:
        ready = {part: _ready(process) for part, process in processes.items()}
        with httpx.Client(base_url=ready["mall"]["url"], timeout=60) as control:
            yield Sandbox(ready["vault"], ready["mall"], control)
    finally:
        for process in processes.values():
            process.terminate()
            process.wait()


def _started(part: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own sandbox
        [sys.executable, "-m", "sandbox", part, "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
    )


def _ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found
