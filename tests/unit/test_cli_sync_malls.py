"""`manage.py sync --all`: the malls are synced side by side."""

import asyncio
from typing import Any, cast

import pytest

from cafe24.malls import MallId, mall_id
from cli import sync

MALLS = [mall_id(f"mall{number:05}") for number in range(20)]


def synced(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[MallId]:
    monkeypatch.setattr(sync, "_answer", answer)
    answers = asyncio.run(sync._sync(cast("Any", None), MALLS))
    return [mall for mall, _ in answers]


def test_a_mall_that_is_blocked_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[MallId] = []
    others_are_done = asyncio.Event()

    async def answer(_errand: Any, mall: MallId) -> sync.Answer:
        if mall == MALLS[0]:
            async with asyncio.timeout(20):
                await others_are_done.wait()
        done.append(mall)
        if len(done) == len(MALLS) - 1:
            others_are_done.set()
        return []

    assert synced(monkeypatch, answer) == MALLS
    assert done[-1] == MALLS[0]


def test_only_some_malls_are_synced_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    going, most = 0, 0

    async def answer(*_: Any) -> sync.Answer:
        nonlocal going, most
        going += 1
        most = max(most, going)
        await asyncio.sleep(0)
        going -= 1
        return []

    assert synced(monkeypatch, answer) == MALLS
    assert most == sync.AT_ONCE
