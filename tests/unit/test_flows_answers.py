"""What a run makes of its malls' answers: isolation, retries, incidents' kinds, its last line."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from prefect import State
from prefect.states import Completed, Failed

from cafe24.alerts.tables import IncidentKind
from cafe24.errors import (
    AppRefused,
    Cafe24Away,
    CafeError,
    ContractBroken,
    DeletionBraked,
    MallBusy,
    NeedsPerson,
    RateLimited,
    Reauthorize,
    ScopeMissing,
    TokenAmbiguous,
    UsageError,
    VaultAway,
)
from cafe24.malls import MallId
from tasks.each_mall import AT_ONCE, Answer, each_mall
from tasks.findings import finding_of
from tasks.incidents import Record
from tasks.patience import may_work_later
from tasks.verdict import verdict

ONE, TWO, THREE = MallId("mallone"), MallId("malltwo"), MallId("mallthree")


class Done:
    outcome = "synced"


def test_one_malls_failure_is_its_own() -> None:
    async def step(mall_id: str, *, return_state: bool) -> State[Any]:
        assert return_state
        if mall_id == TWO:
            return Failed(data=Reauthorize("The token is dead.", "Consent again."))
        return Completed(data=mall_id)

    answers = asyncio.run(each_mall(step, [ONE, TWO, THREE]))
    assert [answer.value for answer in answers] == [ONE, None, THREE]
    assert isinstance(answers[1].error, Reauthorize)


def test_a_defects_own_words_go_no_further() -> None:
    async def step(mall_id: str, *, return_state: bool) -> State[Any]:
        assert (mall_id, return_state) == (ONE, True)
        return Failed(data=ValueError("invented-secret"))

    [answer] = asyncio.run(each_mall(step, [ONE]))
    assert str(answer.error) == "An unforeseen ValueError: see the run's log."


def test_some_malls_go_at_once_and_no_more() -> None:
    running: list[str] = []
    most: list[int] = []

    async def step(mall_id: str, *, return_state: bool) -> State[Any]:
        running.append(mall_id)
        most.append(len(running))
        await asyncio.sleep(0)
        running.remove(mall_id)
        return Completed(data=return_state)

    malls = [MallId(f"mall{number}") for number in range(3 * AT_ONCE)]
    assert len(asyncio.run(each_mall(step, malls))) == len(malls)
    assert max(most) == AT_ONCE


@pytest.mark.parametrize(
    ("failure", "is_tried_again"),
    [
        (VaultAway("no answer"), True),
        (Cafe24Away("no answer"), True),
        (MallBusy("taken", retry_after_s=30), True),
        (RateLimited("429", retry_after_s=3600), False),
        (TokenAmbiguous("no clear answer"), False),
        (Reauthorize("dead"), False),
        (ContractBroken("set aside"), False),
        (ValueError("a defect"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_provably_spent_nothing_is_tried_again(
    failure: Exception, is_tried_again: bool
) -> None:
    assert may_work_later(None, None, Failed(data=failure)) is is_tried_again


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Reauthorize("dead"), IncidentKind.reauthorize),
        (TokenAmbiguous("?"), IncidentKind.token_ambiguous),
        (AppRefused("secret"), IncidentKind.app_refused),
        (ScopeMissing("403"), IncidentKind.scope_missing),
        (DeletionBraked("too many"), IncidentKind.deletion_braked),
        (VaultAway("sealed"), IncidentKind.sync_failed),
        (NeedsPerson("paused"), IncidentKind.sync_failed),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_its_kind_of_incident(error: CafeError, kind: IncidentKind) -> None:
    finding = finding_of(ONE, error, IncidentKind.sync_failed, run_url=None)
    assert finding.kind is kind
    assert finding.facts == {"reason": error.message}


def test_a_failure_without_a_kind_of_its_own_brings_its_next_step_along() -> None:
    error = VaultAway("Vault is sealed.", "Unseal it.")
    finding = finding_of(ONE, error, IncidentKind.refresh_failed, run_url=None)
    assert finding.facts["reason"] == "Vault is sealed. Unseal it."


@pytest.mark.parametrize(
    ("error", "is_about_the_pair"),
    [(AppRefused("secret"), True), (VaultAway("sealed"), False), (ScopeMissing("403"), False)],
    ids=lambda value: type(value).__name__,
)
def test_how_long_is_left_is_told_where_the_trouble_is_the_pairs(
    error: CafeError, is_about_the_pair: bool
) -> None:
    known = {"expires_at": datetime(2026, 12, 1, tzinfo=UTC)}
    finding = finding_of(ONE, error, IncidentKind.sync_failed, None, known)
    assert ("expires_at" in finding.plain_facts()) is is_about_the_pair


def test_a_run_fails_for_what_is_new_and_tells_the_next_step() -> None:
    answers: list[Answer[Any]] = [
        Answer(ONE, Done()),
        Answer(TWO, error=Reauthorize("The token is dead.", "Run: manage.py authorize malltwo")),
    ]
    state = verdict(answers, Record(new={TWO: IncidentKind.reauthorize}))
    assert state.is_failed()
    assert state.message == (
        "1 synced, 1 failed. malltwo: The token is dead. Run: manage.py authorize malltwo"
    )


def test_a_run_fails_for_what_was_asked_in_vain() -> None:
    answers: list[Answer[Any]] = [
        Answer(ONE, Done()),
        Answer(TWO, error=UsageError("Vault has no mall malltwo.", "Connect it.")),
    ]
    state = verdict(answers, Record(refused=[TWO]))
    assert state.is_failed()
    assert state.message == (
        "1 synced, 1 not done. malltwo: Vault has no mall malltwo. Connect it."
    )


def test_a_run_completes_when_its_only_trouble_is_known() -> None:
    answers: list[Answer[Any]] = [
        Answer(ONE, error=Reauthorize("dead")),
        Answer(TWO, error=MallBusy("taken")),
    ]
    state = verdict(answers, Record(known=[ONE], later=[TWO]))
    assert state.is_completed()
    assert state.message == "1 known to be in trouble, 1 left for later"


def test_a_run_without_malls_says_so() -> None:
    assert verdict([], Record()).message == "There is no mall to do it for."


def test_the_last_line_tells_of_three_malls_and_counts_the_rest() -> None:
    malls = [MallId(f"mall{number}") for number in range(5)]
    answers: list[Answer[Any]] = [Answer(mall, error=VaultAway("sealed")) for mall in malls]
    new = dict.fromkeys(malls, IncidentKind.refresh_failed)
    message = verdict(answers, Record(new=new)).message
    assert message is not None
    assert message.startswith("5 failed. mall0: sealed mall1: sealed mall2: sealed and 2 more")
