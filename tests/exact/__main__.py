"""`make exact`: every disturbance at every call of a sync, and kills anywhere.

1,500 products of the sandbox mall, synced in this very process; after each sync every
row and column is compared with the mall. Exit code 1 when one is wrong.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from cafe24.errors import CafeError
from tests.inner_mall import Happening, InnerMall

PRODUCTS = 1500
MOST_TOLD = 20
CALLS = 17
"""A count and fifteen pages, and the first call after them."""

ANSWERS: dict[str, dict[str, Any]] = {
    "503 twice": {"kind": "status", "status": 503, "times": 2},
    "500": {"kind": "status", "status": 500},
    "429 three times": {"kind": "status", "status": 429, "times": 3},
    "401": {"kind": "status", "status": 401},
    "truncated JSON with 200": {"kind": "truncate"},
    "HTML with 200": {"kind": "html"},
    "nothing with 200": {"kind": "status", "status": 200, "body": ""},
    "an empty object with 200": {"kind": "status", "status": 200, "body": "{}"},
    "an empty list with 200": {"kind": "empty"},
    "no variants": {"kind": "no_embed"},
}
LINES: dict[str, type[httpx.TransportError]] = {
    "reset within the body": httpx.ReadError,
    "body shorter than its length": httpx.RemoteProtocolError,
    "no answer in time": httpx.ReadTimeout,
}
MALL_CHANGES: dict[str, dict[str, int]] = {
    "a product comes": {"add": 1},
    "a product goes": {"delete": 1},
    "a product changes": {"change": 1},
}


def main() -> int:
    """Play every case, say what was wrong, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.exact", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=24)
    arguments = parser.parse_args()
    begun, played, flaws = time.monotonic(), 0, []
    with tempfile.TemporaryDirectory() as folder:
        inner = InnerMall(Path(folder) / "tables.sqlite", products=PRODUCTS)
        for name, call, killed in _cases(arguments):
            played += 1
            if flaw := _flaw(inner, name, call, killed=killed):
                flaws.append(f"{name} at call {call}: {flaw}")
    sys.stdout.writelines(f"WRONG {flaw}\n" for flaw in flaws[:MOST_TOLD])
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"{played} syncs of {PRODUCTS} products, {len(flaws)} wrong, {seconds:.0f} s\n"
    )
    return 1 if flaws else 0


def _cases(arguments: argparse.Namespace) -> Iterator[tuple[str, int, bool]]:
    for name in (*ANSWERS, *LINES, *MALL_CHANGES):
        for call in range(1, CALLS + 1):
            yield name, call, False
    dice = random.Random(arguments.seed)  # noqa: S311 - repeatable
    for _ in range(arguments.kills):
        yield dice.choice([*MALL_CHANGES, "nothing"]), dice.randint(1, CALLS), True


def _flaw(inner: InnerMall, name: str, call: int, *, killed: bool) -> str:
    """Return what was wrong after the sync; empty when nothing was."""
    inner.open_anew()
    try:
        if killed:
            inner.killed_sync((), call)
            inner.order(**MALL_CHANGES.get(name, {}))
            report = inner.sync()
        else:
            report = inner.sync([(call, _happening(name))])
            _check_calls(inner, name, report.calls, report.rejected_429)
        assert report.outcome == "synced", report.reason
        inner.assert_tables_equal_the_mall()
    except (AssertionError, CafeError) as flaw:
        return str(flaw).splitlines()[0]
    return ""


def _happening(name: str) -> Happening:
    def happen(inner: InnerMall) -> None:
        if name in ANSWERS:
            inner.fault(**ANSWERS[name])
        elif name in LINES:
            raise LINES[name]("")
        else:
            inner.order(**MALL_CHANGES[name])

    return happen


def _check_calls(inner: InnerMall, name: str, calls: int, rejected_429: int) -> None:
    assert calls == len(inner.calls), f"{calls} calls told, {len(inner.calls)} made"
    expected = ANSWERS.get(name, {}).get("times", 1) if name.startswith("429") else 0
    assert rejected_429 == expected, f"{rejected_429} rejections told, {expected} made"


if __name__ == "__main__":
    sys.exit(main())
