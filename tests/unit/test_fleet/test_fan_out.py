"""The account of a fan-out: who does what, who ends last, and what a rerun takes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine

from cafe24.errors import UsageError
from cafe24.fleet.fan_out import MOST_ATTEMPTS, Ended, Failure, FanOuts, FleetReport
from cafe24.fleet.shards import Shard, place_of
from cafe24.malls import MallId

NOW = datetime(2026, 11, 23, 19, tzinfo=UTC)
THIS = "5d0c0de5-0000-4000-8000-000000000001"
ONE, TWO, THREE = (MallId(f"invented{name}") for name in ("one", "two", "three"))
ALL_WELL = Ended({"refreshed": 2})


@pytest.fixture
def fan_outs(engine: Engine) -> FanOuts:
    fan_outs = FanOuts(engine)
    shards = [Shard(1, (ONE, TWO)), Shard(2, (THREE,), timedelta(hours=3))]
    fan_outs.begin(THIS, "refresh-tokens", shards, NOW)
    return fan_outs


def failed(mall: MallId, outcome: str = "failed") -> Failure:
    return Failure(mall, outcome, "Cafe24 answers 503.")


def ended(fan_outs: FanOuts, number: int, what: Ended) -> FleetReport | None:
    """Let a run begin with the shard and end it."""
    claim = fan_outs.claim(THIS, number, "some run", NOW)
    return fan_outs.end(claim, what, NOW + timedelta(minutes=number))


def test_the_shards_wait_in_the_order_in_which_they_are_due(fan_outs: FanOuts) -> None:
    assert fan_outs.exists(THIS)
    assert not fan_outs.exists("another")
    waiting = fan_outs.waiting(THIS)
    assert [(one.number, one.due_at, one.attempts) for one in waiting] == [
        (1, NOW, 0),
        (2, NOW + timedelta(hours=3), 0),
    ]


def test_a_claim_gives_the_malls_in_their_order_and_notes_who_has_them(fan_outs: FanOuts) -> None:
    assert fan_outs.claim(THIS, 1, "run-a", NOW).mall_ids == (ONE, TWO)
    assert fan_outs.waiting(THIS)[0].run_id == "run-a"
    assert fan_outs.waiting(THIS)[0].attempts == 1


def test_a_mall_begins_at_its_place_of_the_spread_counted_from_the_cut(engine: Engine) -> None:
    fan_outs = FanOuts(engine)
    hours = timedelta(hours=6)
    fan_outs.begin(
        THIS, "sync-products", [Shard(1, (ONE,), hours / 2, hours), Shard(2, (TWO,))], NOW
    )
    assert fan_outs.claim(THIS, 1, "run-a", NOW).begins_at(ONE) == NOW + hours * place_of(ONE)
    assert fan_outs.claim(THIS, 2, "run-b", NOW).begins_at(TWO) == NOW


def test_the_last_shard_to_end_gets_the_whole_report_whichever_it_is(fan_outs: FanOuts) -> None:
    assert ended(fan_outs, 2, Ended({"failed": 1}, [failed(THREE)])) is None
    report = ended(fan_outs, 1, ALL_WELL)
    assert report is not None
    assert (report.flow, report.malls, report.shards) == ("refresh-tokens", 3, 2)
    assert report.counts == {"refreshed": 2, "failed": 1}
    assert report.failures == [failed(THREE)]
    assert report.finished_at - report.started_at == timedelta(minutes=1)


def test_of_shards_that_end_at_the_same_moment_exactly_one_reports(engine: Engine) -> None:
    count = 8
    fan_outs = FanOuts(engine)
    shards = [Shard(number, (MallId(f"invented{number}"),)) for number in range(count)]
    fan_outs.begin(THIS, "sync-products", shards, NOW)
    claims = [fan_outs.claim(THIS, number, "some run", NOW) for number in range(count)]
    all_there = Barrier(count)

    def end(number: int) -> FleetReport | None:
        all_there.wait()
        return FanOuts(engine).end(claims[number], Ended({"synced": 1}), NOW)

    with ThreadPoolExecutor(count) as threads:
        reports = [one for one in threads.map(end, range(count)) if one]
    assert [report.counts for report in reports] == [{"synced": count}]


def test_a_shard_that_ends_and_is_run_again_counts_once(fan_outs: FanOuts) -> None:
    assert ended(fan_outs, 1, ALL_WELL) is None
    assert ended(fan_outs, 1, Ended({})) is None
    report = ended(fan_outs, 2, Ended({"fresh": 1}))
    assert report is not None
    assert report.counts == {"refreshed": 2, "fresh": 1}


def test_an_end_that_is_said_again_since_its_answer_was_lost_counts_once(
    fan_outs: FanOuts,
) -> None:
    ended(fan_outs, 2, Ended({"fresh": 1}))
    claim = fan_outs.claim(THIS, 1, "run-a", NOW)
    first = fan_outs.end(claim, ALL_WELL, NOW)
    assert fan_outs.end(claim, ALL_WELL, NOW + timedelta(seconds=2)) == first
    assert first is not None
    assert first.counts == {"refreshed": 2, "fresh": 1}


def test_a_run_that_was_taken_for_dead_cannot_end_the_shard_of_its_successor(
    fan_outs: FanOuts,
) -> None:
    ended(fan_outs, 2, Ended({"fresh": 1}))
    taken_for_dead = fan_outs.claim(THIS, 1, "run-a", NOW)
    successor = fan_outs.claim(THIS, 1, "run-a", NOW)
    both = Ended({"refreshed": 1, "failed": 1}, [failed(TWO)])
    assert fan_outs.end(taken_for_dead, both, NOW) is None
    report = fan_outs.end(successor, Ended({"fresh": 2}), NOW)
    assert fan_outs.end(taken_for_dead, both, NOW) is None
    assert report is not None
    assert report.counts == {"fresh": 3}
    assert report.failures == []
    assert fan_outs.waiting(THIS) == []


def test_a_rerun_takes_only_what_failed_and_its_outcome_replaces_the_failure(
    fan_outs: FanOuts,
) -> None:
    ended(fan_outs, 1, Ended({"refreshed": 1, "failed": 1}, [failed(TWO)]))
    ended(
        fan_outs, 2, Ended({"known to be in trouble": 1}, [failed(THREE, "known to be in trouble")])
    )
    assert [one.number for one in fan_outs.waiting(THIS)] == [1, 2]
    assert fan_outs.claim(THIS, 1, "run-b", NOW).mall_ids == (TWO,)
    report = ended(fan_outs, 1, Ended({"refreshed": 1}))
    assert report is not None
    assert report.counts == {"refreshed": 2, "known to be in trouble": 1}
    assert report.failures == [failed(THREE, "known to be in trouble")]
    assert [one.number for one in fan_outs.waiting(THIS)] == [2]


def test_a_shard_that_ended_well_leaves_a_rerun_nothing_to_do(fan_outs: FanOuts) -> None:
    ended(fan_outs, 1, ALL_WELL)
    assert fan_outs.claim(THIS, 1, "run-b", NOW).mall_ids == ()


def test_a_shard_whose_process_died_is_begun_again_and_given_up_in_the_end(
    fan_outs: FanOuts,
) -> None:
    for attempt in range(MOST_ATTEMPTS):
        claim = fan_outs.claim(THIS, 1, f"run-{attempt}", NOW)
        assert claim.mall_ids == (ONE, TWO)
        assert not claim.is_given_up
    assert fan_outs.claim(THIS, 1, "one too many", NOW).is_given_up


def test_no_hosts_clock_decides_anything(fan_outs: FanOuts) -> None:
    a_minute_behind = NOW - timedelta(minutes=1)
    first = fan_outs.claim(THIS, 1, "run-a", a_minute_behind)
    second = fan_outs.claim(THIS, 2, "run-b", a_minute_behind)
    assert first.mall_ids == (ONE, TWO)
    fan_outs.end(first, ALL_WELL, a_minute_behind)
    report = fan_outs.end(second, Ended({"fresh": 1}), a_minute_behind)
    assert report is not None
    assert report.counts == {"refreshed": 2, "fresh": 1}


def test_a_shard_that_nobody_cut_is_refused(fan_outs: FanOuts) -> None:
    with pytest.raises(UsageError, match="There is no shard 7"):
        fan_outs.claim(THIS, 7, "run-a", NOW)
