"""How a shard's malls are worked for: each at its time, each one's trouble its own."""

import asyncio
import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from prefect.utilities.collections import visit_collection

from cafe24.errors import Cafe24Away, CafeError, Reauthorize
from cafe24.fleet.fan_out import Claim
from cafe24.malls import MallId
from tasks import patience
from tasks.each_mall import Answer, Answers, each_in_turn

MALLS = tuple(MallId(f"invented{number}") for number in range(6))
AT_ONCE = timedelta()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between tries, and a log that needs no run."""
    monkeypatch.setattr(patience, "PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr("tasks.each_mall.get_run_logger", lambda: logging.getLogger("invented"))


class Work:
    """Notes when each mall was begun; some raise what they are told to, one after the other."""

    def __init__(self, failures: dict[MallId, list[Exception]] | None = None) -> None:
        self.failures = failures or {}
        self.begun: defaultdict[MallId, list[datetime]] = defaultdict(list)

    async def __call__(self, mall: MallId) -> str:
        self.begun[mall].append(datetime.now(UTC))
        if waiting := self.failures.get(mall):
            raise waiting.pop(0)
        return "done"


def answers(work: Work, spread: timedelta = AT_ONCE) -> Answers[str]:
    claim = Claim("invented", 1, MALLS, datetime.now(UTC), spread, 1)
    return asyncio.run(each_in_turn(work, claim, at_once=4))


def test_each_mall_begins_at_its_time_and_not_before() -> None:
    spread = timedelta(seconds=1)
    claim = Claim("invented", 1, MALLS, datetime.now(UTC), spread, 1)
    work = Work()
    asyncio.run(each_in_turn(work, claim, at_once=4))
    assert all(work.begun[mall][0] >= claim.begins_at(mall) for mall in MALLS)
    assert sorted(MALLS, key=claim.begins_at) == sorted(MALLS, key=lambda one: work.begun[one])


def test_a_mall_whose_time_has_passed_begins_now() -> None:
    work = Work()
    seven_hours_ago = datetime.now(UTC) - timedelta(hours=7)
    claim = Claim("invented", 1, MALLS, seven_hours_ago, timedelta(hours=6), 1)
    assert len(asyncio.run(each_in_turn(work, claim, at_once=4))) == len(MALLS)
    assert list(work.begun) == list(MALLS)


def test_what_may_work_later_is_tried_again_and_what_may_not_is_not() -> None:
    later, dead = MALLS[1], MALLS[2]
    away = [Cafe24Away("no answer"), Cafe24Away("no answer")]
    work = Work({later: [*away], dead: [Reauthorize("dead"), Reauthorize("dead")]})
    found = {one.mall_id: one for one in answers(work)}
    assert (found[later].value, len(work.begun[later])) == ("done", 3)
    assert isinstance(found[dead].error, Reauthorize)
    assert len(work.begun[dead]) == 1


def test_who_asks_for_a_long_wait_is_left_to_the_next_run() -> None:
    work = Work({MALLS[0]: [Cafe24Away("later", retry_after_s=3600)]})
    assert isinstance(answers(work)[0].error, Cafe24Away)
    assert len(work.begun[MALLS[0]]) == 1


def test_a_defect_at_one_mall_is_its_answer_and_shows_nothing_of_it() -> None:
    work = Work({MALLS[3]: [RuntimeError("invented-token-in-a-message")]})
    found = {one.mall_id: one for one in answers(work)}
    assert type(found[MALLS[3]].error) is CafeError
    assert str(found[MALLS[3]].error) == "An unforeseen RuntimeError: see the run's log."
    assert [one.value for one in found.values()].count("done") == len(MALLS) - 1


def test_prefect_does_not_look_into_a_shards_answers() -> None:
    seen: list[object] = []
    shards = Answers([Answer(mall, "done") for mall in MALLS])
    visit_collection(shards, visit_fn=seen.append, return_data=False)
    assert seen == [shards]
    assert [one.value for one in shards] == ["done"] * len(MALLS)
